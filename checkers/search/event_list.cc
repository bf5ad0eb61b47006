#include "checkers/search/event_list.h"

#include <algorithm>
#include <tuple>

namespace squall::search {
namespace {

struct Event {
  std::uint64_t time;
  std::uint32_t rank;
  enum Kind : std::uint8_t { invoke, pending, ret } kind;

  /// At equal times invocations come before returns.
  friend bool operator<(const Event& left, const Event& right) {
    return std::make_tuple(left.time, left.kind == ret) < std::make_tuple(right.time, right.kind == ret);
  }
};

std::vector<Event> events_of(std::span<const linear::Operation> operations,
                             std::span<const std::uint32_t> complete,
                             std::span<const std::uint32_t> pending) {
  std::vector<Event> events;
  events.reserve(complete.size() * 2 + pending.size());
  for (std::uint32_t rank = 0; rank < complete.size(); ++rank) {
    events.push_back({operations[complete[rank]].invoke, rank, Event::invoke});
    events.push_back({operations[complete[rank]].ret, rank, Event::ret});
  }
  for (std::uint32_t rank = 0; rank < pending.size(); ++rank)
    events.push_back({operations[pending[rank]].invoke, rank, Event::pending});
  std::stable_sort(events.begin(), events.end());
  return events;
}

}  // namespace

EventList::EventList(std::span<const linear::Operation> operations, std::span<const std::uint32_t> complete,
                     std::span<const std::uint32_t> pending)
    : of_(1), invokes_(complete.size()), returns_(complete.size()), before_(pending.size()) {
  of_.reserve(complete.size() * 2 + 1);
  for (const Event& event : events_of(operations, complete, pending)) {
    const auto node = static_cast<Node>(of_.size());
    if (event.kind == Event::pending) {
      before_[event.rank] = node - 1;
      continue;
    }
    (event.kind == Event::invoke ? invokes_ : returns_)[event.rank] = node;
    of_.push_back(event.rank << 1 | (event.kind == Event::ret ? 1u : 0u));
  }
  const auto count = static_cast<Node>(of_.size());
  next_.resize(count);
  previous_.resize(count);
  for (Node node = 0; node < count; ++node) {
    next_[node] = (node + 1) % count;
    previous_[node] = (node + count - 1) % count;
  }
}

EventList::Node EventList::first_return() const {
  Node node = first();
  while (node != head && !is_return(node)) node = next(node);
  return node;
}

void EventList::unlink(Node node) {
  next_[previous_[node]] = next_[node];
  previous_[next_[node]] = previous_[node];
}

void EventList::link(Node node) {
  next_[previous_[node]] = node;
  previous_[next_[node]] = node;
}

void EventList::take(std::uint32_t rank) {
  unlink(invokes_[rank]);
  unlink(returns_[rank]);
}

void EventList::put_back(std::uint32_t rank) {
  link(returns_[rank]);
  link(invokes_[rank]);
}

std::size_t EventList::bytes() const {
  return (next_.capacity() + previous_.capacity() + of_.capacity() + invokes_.capacity() +
          returns_.capacity() + before_.capacity()) *
         sizeof(Node);
}

}  // namespace squall::search
