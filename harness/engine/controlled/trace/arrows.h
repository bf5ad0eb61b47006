// Which receive took what which send gave: the arrows of a trace. A stream's read takes all that has been
// written so far, a queue's receive takes one message. A value; knows steps and nothing of processes.
#pragma once

#include "harness/engine/controlled/strategy.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace squall::controlled {

struct Arrow {
  std::uint64_t from = 0, to = 0;  ///< steps
};

/// What a call does with a message.
enum class Passing : std::uint8_t { nothing, sends, takes_one, takes_all };
Passing passing_of(long call);

class Arrows {
 public:
  void sent(ObjectId, TaskId, std::uint64_t step);
  /// A receive has begun at `begun`; it took what was sent before `ended`, which is later where it slept.
  void received(ObjectId, TaskId, Passing, std::uint64_t ended);
  const std::vector<Arrow>& all() const { return all_; }

 private:
  struct Sent {
    std::uint64_t step;
    TaskId by;
  };
  std::map<ObjectId, std::vector<Sent>> pending_;
  std::vector<Arrow> all_;
};

}  // namespace squall::controlled
