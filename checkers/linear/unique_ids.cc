// Ids in their order: none may have begun to be given out after a higher one had been. So the latest
// invocation among the lower ids lies before the return of every id. Linear after one sort; exact.
#include "checkers/linear/sort.h"
#include "checkers/linear/timeline.h"

namespace squall::linear {

Result check_unique_ids(History history) {
  if (const std::string why = too_long(history); !why.empty()) return undecided(why);
  std::vector<Index> order;
  order.reserve(history.size());
  for (Index i = 0; i < history.size(); ++i) {
    if (history[i].function != Function::add) return undecided("it has operations that are not add");
    if (!history[i].pending() && history[i].result != nothing) order.push_back(i);
  }
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  sort_by(order, [&](Index index) { return static_cast<std::uint64_t>(history[index].result) ^ sign; });
  Index before = none, latest = none;
  for (Index index : order) {
    if (before != none && history[before].result == history[index].result)
      return contradiction({before, index}, "A and B were given the same id");
    if (latest != none && history[latest].invoke > history[index].ret)
      return contradiction({index, latest}, "A had its id before B began, and B was given a lower one");
    if (latest == none || history[index].invoke > history[latest].invoke) latest = index;
    before = index;
  }
  return {};
}

}  // namespace squall::linear
