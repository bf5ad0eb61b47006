#include "checkers/linear/cover.h"

#include <algorithm>

namespace squall::linear {

std::vector<Index> cover(std::vector<Interval> intervals, Gap first, Gap last) {
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& left, const Interval& right) { return left.first < right.first; });
  std::vector<Index> chain;
  auto next = intervals.begin();
  for (std::uint64_t gap = first; gap <= last;) {
    const Interval* longest = nullptr;
    for (; next != intervals.end() && next->first <= gap; ++next)
      if (longest == nullptr || next->last > longest->last) longest = &*next;
    if (longest == nullptr || longest->last < gap) return {};
    chain.push_back(longest->owner);
    gap = std::uint64_t{longest->last} + 1;
  }
  return chain;
}

std::string letters(std::size_t first, std::size_t last) {
  const auto letter = [](std::size_t at) {
    return at < 26 ? std::string(1, static_cast<char>('A' + at)) : "#" + std::to_string(at + 1);
  };
  if (first == last) return letter(first);
  return letter(first) + (first + 1 == last ? " and " : " to ") + letter(last);
}

}  // namespace squall::linear
