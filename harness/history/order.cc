#include "harness/history/order.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace squall::history {

void sort_by_invocation(std::vector<Operation>& operations) {
  std::vector<std::pair<std::uint64_t, std::size_t>> places;
  places.reserve(operations.size());
  for (const Operation& operation : operations) places.emplace_back(operation.invoke_ns, places.size());
  std::sort(places.begin(), places.end());
  std::vector<Operation> sorted;
  sorted.reserve(operations.size());
  for (const auto& [time_ns, place] : places) sorted.push_back(operations[place]);
  operations = std::move(sorted);
}

}  // namespace squall::history
