// Numbers for tasks that are the same in every execution: a task is known by whose how-manieth child it is.
// One of them serves all executions of an exploration, and a replay begins with the numbers of its file.
#pragma once

#include "harness/engine/controlled/strategy.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace squall::controlled {

/// Whoever was made first comes first, with all that come of it: "0.1.3", "0.2", "0.10".
struct InOrderOfLineage {
  bool operator()(std::string_view one, std::string_view other) const {
    for (;;) {
      const std::string_view first = one.substr(0, one.find('.')), second = other.substr(0, other.find('.'));
      if (first != second)
        return first.size() != second.size() ? first.size() < second.size() : first < second;
      if (first.size() == one.size() || second.size() == other.size()) return one.size() < other.size();
      one.remove_prefix(first.size() + 1);
      other.remove_prefix(second.size() + 1);
    }
  }
};

/// By the name of a program: the lineages of the processes that ran it.
using Programs = std::map<std::string, std::set<std::string, InOrderOfLineage>>;

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
