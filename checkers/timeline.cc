#include "checkers/timeline.h"

#include <algorithm>

namespace squall::checkers {

Timeline::Timeline(const Operations& operations) {
  times_.reserve(2 * operations.size());
  for (const Operation* operation : operations) {
    times_.push_back(operation->invoke_ns);
    if (latest(*operation) != never) times_.push_back(operation->return_ns);
  }
  std::sort(times_.begin(), times_.end());
  times_.erase(std::unique(times_.begin(), times_.end()), times_.end());
}

Gap Timeline::instant(std::uint64_t time_ns) const {
  const auto at = std::lower_bound(times_.begin(), times_.end(), time_ns);
  return static_cast<Gap>(2 * (at - times_.begin()));
}

Window Timeline::window(const Operation& operation) const {
  const std::uint64_t last = latest(operation);
  return {instant(operation.invoke_ns), last == never ? end() : instant(last)};
}

void PaintedGaps::paint(std::int64_t first, std::int64_t last) {
  last = std::min<std::int64_t>(last, static_cast<std::int64_t>(next_.size()) - 2);
  if (first < 0 || first > last) return;
  for (Gap gap = free_from(static_cast<Gap>(first)); gap <= last; gap = free_from(gap)) {
    next_[gap] = gap + 1;
    previous_[gap + 1] = gap;
  }
}

Gap PaintedGaps::find(std::vector<Gap>& parent, Gap gap) {
  while (parent[gap] != gap) {
    parent[gap] = parent[parent[gap]];
    gap = parent[gap];
  }
  return gap;
}

}  // namespace squall::checkers
