// What the tasks of an execution share, with where each of them stands, as one number: for searches that go
// on from what has seldom been reached. It sees what programs store into memory under control, not what the
// kernel writes there; that two states look alike costs such a search a wrong turn and nothing else. One
// thread; one execution.
#pragma once

#include "harness/engine/controlled/task.h"

#include <cstdint>
#include <span>
#include <unordered_map>

namespace squall::controlled {

class Contents {
 public:
  /// The access that the task is parked at is about to happen.
  void expect(const Task&);

  /// What holds before step `step`. By TaskId; everybody is at a stop or asleep.
  Reached reached(std::uint64_t step, std::span<Task* const>);

 private:
  struct Store {
    TaskId task = no_task;
    Address address = 0;
    ObjectId object = no_object;
    std::size_t size = 0;
  };

  std::unordered_map<ObjectId, std::uint64_t> words_;  ///< hashes, by the object of the first byte
  std::uint64_t memory_ = 0;                           ///< their sum
  Store expected_;

  void look(Task&, const Store&);
};

}  // namespace squall::controlled
