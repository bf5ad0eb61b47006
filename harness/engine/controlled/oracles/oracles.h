// What an execution may be blamed for although it ended well: IPC objects that outlive the tree, children
// left behind, descriptors open at the end of a process, reports of a sanitizer.
//
// By default as users of valgrind and LeakSanitizer expect: objects, children and reports are failures, open
// descriptors are not. What is told otherwise is a rule of the schedule file, so that a replay judges alike.
#pragma once

#include "harness/engine/controlled/observer.h"
#include "harness/engine/controlled/oracles/objects_left.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace squall::controlled {

struct Judged {
  bool objects = true;
  bool children = true;
  bool descriptors = false;
  bool sanitizers = true;
};

/// As rules of a schedule: "allow objects", "forbid descriptors"; and back. Words that are none of these are
/// somebody else's.
std::vector<std::string> rules_of(const Judged&);
Judged judged_by(const std::vector<std::string>& rules);

/// The summary of what a sanitizer wrote: "AddressSanitizer: heap-use-after-free x.c:3 in f"; empty: nothing.
std::string sanitizer_report(const std::string& errors);

/// Environment variables that make sanitizers work under control: LeakSanitizer cannot be traced.
std::vector<std::string> sanitizer_environment();

class Oracles final : public Observer {
 public:
  /// `names_are_ours`: an IPC namespace is, so every IPC object that appears is the tree's.
  Oracles(const Judged& judged, bool names_are_ours) : judged_(judged), objects_(names_are_ours) {}

  void begun() override;
  void step(Tasks, const Task*, const Candidate&, std::uint64_t number) override;
  void ended(Execution&) override;

 private:
  void note_descriptors(const Task&);
  void judge_objects(Execution&);

  Judged judged_;
  ObjectsLeft objects_;
  std::map<pid_t, std::set<int>> inherited_;  ///< by process
  std::string open_;                          ///< descriptors, a line a process
};

}  // namespace squall::controlled
