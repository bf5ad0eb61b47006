#include "checkers/linear/timeline.h"

#include "checkers/linear/sort.h"

#include <algorithm>
#include <numeric>

namespace squall::linear {
namespace {

std::vector<Index> by_invocation(History history) {
  std::vector<Index> order(history.size());
  std::iota(order.begin(), order.end(), 0);
  sort_by(order, [&](Index index) { return history[index].invoke; });
  return order;
}

/// Of those that returned.
std::vector<Index> by_return(History history, const std::vector<Index>& invocations) {
  std::vector<Index> order;
  order.reserve(history.size());
  for (Index index : invocations)
    if (!history[index].pending()) order.push_back(index);
  sort_by(order, [&](Index index) { return history[index].ret; });
  return order;
}

}  // namespace

Timeline::Timeline(History history) : invoked(history.size()), returned(history.size(), no_gap) {
  const std::vector<Index> invocations = by_invocation(history), returns = by_return(history, invocations);
  events.reserve(invocations.size() + returns.size());
  auto next = returns.begin();
  const auto take_return = [&] {
    returned[*next] = static_cast<Gap>(events.size());
    events.push_back(2 * *next++ + 1);
  };
  for (Index index : invocations) {
    while (next != returns.end() && history[*next].ret < history[index].invoke) take_return();
    invoked[index] = static_cast<Gap>(events.size());
    events.push_back(2 * index);
  }
  while (next != returns.end()) take_return();
}

std::string too_long(History history) {
  constexpr std::size_t most = std::size_t{1} << 30;
  return history.size() > most ? "it has more operations than the checker can number" : "";
}

}  // namespace squall::linear
