// What may be inside at a gap is at most enqueues begun − dequeues finished: "full" needs a gap of its window
// in which that reaches the capacity. What must be inside is at least enqueues finished − dequeues begun:
// never more than the capacity. Both are bounds; what is within them is valid if a schedule can be made of
// it: one that keeps the channel as full as it can, or one that keeps it as empty as it can. Otherwise it is
// undecided. n log n.
#include "checkers/linear/cover.h"
#include "checkers/linear/pairing.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace squall::linear {
namespace {

enum class Deed : std::uint8_t { none, put, take, full };

Deed deed_of(const Operation& operation) {
  if (operation.function == Function::enqueue) return is_put(operation) ? Deed::put : Deed::full;
  return operation.pending() || operation.result != nothing ? Deed::take : Deed::none;
}

/// Those that have begun and did not yet take effect, the most urgent first.
class Waiting {
 public:
  explicit Waiting(const Timeline& timeline) : timeline_(timeline) {}
  void add(Index index) { queue_.emplace(timeline_.returned[index], index); }
  bool empty() const { return queue_.empty(); }
  bool certain() const { return !empty() && queue_.top().first != no_gap; }
  Index take() {
    const Index index = queue_.top().second;
    queue_.pop();
    return index;
  }

 private:
  using Entry = std::pair<Gap, Index>;
  const Timeline& timeline_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
};

class Channel {
 public:
  Channel(History history, std::int64_t capacity)
      : history_(history), capacity_(capacity), timeline_(history) {}

  Result judge() {
    if (Result result = judge_bounds(); !result.valid()) return result;
    if (schedule(true) || schedule(false)) return {};
    return undecided("it is within its bounds at every moment, but no schedule was found");
  }

 private:
  Result judge_bounds() const {
    std::int64_t most = 0, least = 0;
    Gap last_full = no_gap;
    for (Gap gap = 0; gap < timeline_.end(); ++gap) {
      const Index index = timeline_.events[gap] / 2;
      const bool ends = timeline_.events[gap] % 2 == 1;
      const Deed deed = deed_of(history_[index]);
      if (most >= capacity_) last_full = gap;
      if (deed == Deed::full && ends && (last_full == no_gap || last_full <= timeline_.invoked[index]))
        return contradiction(
            {index},
            "A was refused, but at no moment of it can it have been full: fewer had begun to "
            "be put in and had not been taken out");
      if (deed == Deed::put) ++(ends ? least : most);
      if (deed == Deed::take) --(ends ? most : least);
      if (least > capacity_) return overfull(gap);
    }
    return {};
  }

  Result overfull(Gap gap) const {
    Result result = contradiction({}, "");
    for (Gap at = gap + 1; at-- > 0 && result.witness.size() <= static_cast<std::size_t>(capacity_);)
      if (timeline_.events[at] % 2 == 1 && deed_of(history_[timeline_.events[at] / 2]) == Deed::put)
        result.witness.push_back(timeline_.events[at] / 2);
    result.why = letters(0, result.witness.size() - 1) +
                 " were put in, more than it holds, and too few had begun to be taken out";
    return result;
  }

  /// Does what must be done at the last moment and, if it is `eager`, puts in what it can at the first. Says
  /// nothing about what it cannot arrange.
  bool schedule(bool eager) const {
    Waiting puts(timeline_), takes(timeline_);
    std::vector<bool> done(history_.size(), false);
    std::int64_t inside = 0;
    Gap last_full = no_gap;
    const auto put = [&] { done[puts.take()] = true, ++inside; };
    const auto take = [&] { done[takes.take()] = true, --inside; };
    for (Gap gap = 0; gap < timeline_.end(); ++gap) {
      const Index index = timeline_.events[gap] / 2;
      const Deed deed = deed_of(history_[index]);
      while (inside < capacity_ && (eager ? puts.certain() : false)) put();
      if (inside >= capacity_) last_full = gap;
      if (timeline_.events[gap] % 2 == 0) {
        if (deed == Deed::put) puts.add(index);
        if (deed == Deed::take) takes.add(index);
        continue;
      }
      if (deed == Deed::full && (last_full == no_gap || last_full <= timeline_.invoked[index])) {
        while (inside < capacity_ && !puts.empty()) put();
        if (inside < capacity_) return false;
        last_full = gap;
      }
      while (deed == Deed::put && !done[index]) {
        if (inside >= capacity_ && (inside == 0 || takes.empty())) return false;
        if (inside >= capacity_) take();
        put();
      }
      while (deed == Deed::take && !done[index]) {
        if (inside == 0 && puts.empty()) return false;
        if (inside == 0) put();
        take();
      }
    }
    return true;
  }

  History history_;
  std::int64_t capacity_;
  Timeline timeline_;
};

}  // namespace

Result check_capacity(History history, std::int64_t capacity) {
  if (const std::string why = too_long(history); !why.empty()) return undecided(why);
  if (capacity < 0) return undecided("a capacity is not negative");
  for (const Operation& operation : history)
    if (operation.function != Function::enqueue && operation.function != Function::dequeue)
      return undecided("it has operations that are neither enqueue nor dequeue");
  return Channel(history, capacity).judge();
}

}  // namespace squall::linear
