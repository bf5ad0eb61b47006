#include "checkers/linear/timeline.h"

#include "checkers/linear/sort.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>

namespace squall::linear {
namespace {

struct Return {
  std::uint64_t time;
  Index index;
  bool operator>(const Return& other) const {
    return time != other.time ? time > other.time : index > other.index;
  }
};

}  // namespace

std::vector<Index> by_invocation(History history) {
  const auto earlier = [](const Operation& left, const Operation& right) {
    return left.invoke < right.invoke;
  };
  if (std::is_sorted(history.begin(), history.end(), earlier)) return {};
  std::vector<Index> order(history.size());
  std::iota(order.begin(), order.end(), 0);
  sort_by(order, [&](Index index) { return history[index].invoke; });
  return order;
}

Timeline::Timeline(History history) : invoked(history.size()), returned(history.size(), no_gap) {
  events.reserve(2 * history.size());
  if (number(history, {})) return;
  events.clear();
  number(history, by_invocation(history));
}

/// One walk over the invocations; what has begun and not yet returned waits in a heap, which is as small as
/// the processes are few. Without an order the history is walked as it stands: false if it has another one.
bool Timeline::number(History history, const std::vector<Index>& order) {
  std::priority_queue<Return, std::vector<Return>, std::greater<>> running;
  std::uint64_t before = 0;
  const auto take_return = [&] {
    const Index index = running.top().index;
    running.pop();
    returned[index] = static_cast<Gap>(events.size());
    events.push_back(2 * index + 1);
  };
  for (std::size_t i = 0; i < history.size(); ++i) {
    const Index index = order.empty() ? static_cast<Index>(i) : order[i];
    const Operation& operation = history[index];
    if (operation.invoke < before) return false;
    before = operation.invoke;
    while (!running.empty() && running.top().time < operation.invoke) take_return();
    invoked[index] = static_cast<Gap>(events.size());
    events.push_back(2 * index);
    if (!operation.pending()) running.push({operation.ret, index});
  }
  while (!running.empty()) take_return();
  return true;
}

std::string too_long(History history) {
  return history.size() >= too_many ? "it has more operations than the checker can number" : "";
}

}  // namespace squall::linear
