#include "harness/engine/controlled/oracles/oracles.h"

#include <algorithm>

namespace squall::controlled {
namespace {

struct Word {
  const char* rule;
  bool Judged::*what;
  bool value;  ///< that the rule gives it
};
constexpr Word words[] = {{"allow objects", &Judged::objects, false},
                          {"allow children", &Judged::children, false},
                          {"allow sanitizers", &Judged::sanitizers, false},
                          {"forbid descriptors", &Judged::descriptors, true}};

void fail(Execution& execution, Failure failure, std::string what) {
  execution.failure = failure;
  execution.what = std::move(what);
}

}  // namespace

std::vector<std::string> rules_of(const Judged& judged) {
  std::vector<std::string> rules;
  for (const Word& word : words)
    if (judged.*word.what == word.value) rules.emplace_back(word.rule);
  return rules;
}

Judged judged_by(const std::vector<std::string>& rules) {
  Judged judged;
  for (const Word& word : words)
    if (std::find(rules.begin(), rules.end(), word.rule) != rules.end()) judged.*word.what = word.value;
  return judged;
}

void Oracles::begun() {
  inherited_.clear();
  open_.clear();
  objects_.begin();
}

void Oracles::step(Tasks, const Task* task, const Candidate& candidate, std::uint64_t) {
  if (task == nullptr || !task->process || candidate.kind == EventKind::timeout) return;
  if (judged_.descriptors) note_descriptors(*task);
  if (task->parked == Parked::entry) objects_.note_call(*task);
}

void Oracles::judge_objects(Execution& execution) {
  std::string text;
  for (const std::string& object : objects_.take()) text += "\n  " + object;
  // Who is killed, or cut short, leaves what he would have removed.
  if (text.empty() || execution.failure != Failure::none || execution.abandoned) return;
  if (judged_.objects)
    fail(execution, Failure::object_left, "the program ended and left in the system:" + text);
  else
    execution.notes.push_back("left in the system, as allowed:" + text);
}

void Oracles::ended(Execution& execution) {
  if (execution.failure == Failure::left_behind && !judged_.children) {
    execution.notes.push_back(execution.what);
    fail(execution, Failure::none, {});
  }
  const bool may_be_reported = execution.failure == Failure::none || execution.failure == Failure::bad_exit ||
                               execution.failure == Failure::fatal_signal;
  const std::string report = judged_.sanitizers && may_be_reported && !execution.abandoned
                                 ? sanitizer_report(execution.errors)
                                 : std::string();
  if (!report.empty()) fail(execution, Failure::sanitizer, report);
  judge_objects(execution);
  if (execution.failure == Failure::none && !open_.empty() && !execution.abandoned)
    fail(execution, Failure::descriptor_open, "descriptors are left open:\n" + open_);
}

}  // namespace squall::controlled
