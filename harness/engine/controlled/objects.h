// Which object of the kernel a call is about, as a number that is the same in every execution: not by inode
// or address, but by who made it and as his how-manieth thing.
//
// One thread. Knows one execution; make a new one for the next.
#pragma once

#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/task.h"

#include <initializer_list>
#include <map>
#include <string>
#include <unordered_map>

namespace squall::controlled {

/// A number that depends on all of `parts`, never 0 or the highest.
ObjectId mixed(std::initializer_list<std::uint64_t> parts);
ObjectId mixed(std::string_view text);

class SharedMemory;

class Objects {
 public:
  /// The object of the call at whose entry the task is.
  ObjectId of_call(Task&);

  /// Whether it may touch more than `task.object`: other names of a file, or its contents.
  bool touches_more(const Task&, const SharedMemory&) const;

  /// After a call that made descriptors or System V objects, or closed some: the new ones are the task's work.
  void note_result(Task&, std::int64_t result);
  /// A child has copies of all descriptors.
  static void inherit(const Process& parent, Process& child) { child.descriptors = parent.descriptors; }
  /// Those that close at exec are not known, so all are asked for again.
  static void forget(Process& process) { process.descriptors.clear(); }

  /// "pipe:[7]" with a number of ours for the inode, or the path: what the number stands for.
  std::string name(ObjectId) const;

 private:
  ObjectId of_descriptor(Task&, int descriptor);
  ObjectId named(Task&, const std::string& target);
  void note_pair(Task&, Address at);
  void note_family(Task&, std::string_view family, std::uint64_t identifier);

  std::unordered_map<std::string, ObjectId> by_target_;
  std::unordered_map<ObjectId, std::string> names_;
};

}  // namespace squall::controlled
