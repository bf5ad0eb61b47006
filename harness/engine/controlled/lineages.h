// Numbers for tasks that are the same in every execution: a task is known by whose how-manieth child it is.
// One of them serves all executions of an exploration, and a replay begins with the numbers of its file.
#pragma once

#include "harness/engine/controlled/strategy.h"

#include <map>
#include <string>
#include <vector>

namespace squall::controlled {

class Lineages {
 public:
  Lineages() = default;
  explicit Lineages(const std::vector<std::string>& known) {
    for (const std::string& lineage : known) number(lineage);
  }

  TaskId number(const std::string& lineage) {
    const auto [at, is_new] = numbers_.try_emplace(lineage, static_cast<TaskId>(names_.size()));
    if (is_new) names_.push_back(lineage);
    return at->second;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::map<std::string, TaskId> numbers_;
  std::vector<std::string> names_;
};

}  // namespace squall::controlled
