// The rules about named points that this process decides by itself: delay, yield or failure there.
//
// One thread; called inside libfiu's lock.
#pragma once

#include "harness/faults/page.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace squall::worker {

class PointRules {
 public:
  PointRules() = default;  ///< there are none
  /// Maps both files; one that cannot be mapped leaves it without rules, and false comes back.
  bool open(const std::string& rules, const std::string& diary, unsigned process);

  /// The points that some rule is about.
  std::vector<std::string> points() const;
  /// Decides for this passage, and carries it out. True: the point fails.
  bool passed(std::string_view point);

 private:
  bool apply(unsigned rule);

  const faults::RulePage* page_ = nullptr;
  faults::Diary* diary_ = nullptr;
  unsigned process_ = 0;
  std::uint64_t passages_[faults::max_rules] = {};
};

}  // namespace squall::worker
