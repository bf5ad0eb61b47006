// Slot v is the v-th increment. A read of v says that slots 1 … v were filled before it returned and the
// others after it began; so each slot has a window, later ones for later slots, and an increment fits a
// contiguous range of slots. One that was told what was there before it has a slot of its own. Matching by
// the earliest deadline is exact: n log n.
#include "checkers/linear/cover.h"
#include "checkers/linear/timeline.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <queue>

namespace squall::linear {
namespace {

bool tells(const Operation& operation) { return !operation.pending() && operation.result != nothing; }

class Counter {
 public:
  Counter(History history, std::int64_t initial) : history_(history), initial_(initial) {}

  Result judge() {
    if (std::optional<Result> defect = count_increments()) return *defect;
    timeline_.emplace(history_);
    if (std::optional<Result> defect = find_windows()) return *defect;
    return fill_slots();
  }

 private:
  using Slot = std::uint32_t;

  /// Of a read or an increment that tells: how many had been counted by its end.
  std::uint64_t counted(Index index) const {
    const Operation& operation = history_[index];
    const auto before = static_cast<std::uint64_t>(operation.result) - static_cast<std::uint64_t>(initial_);
    return before + (operation.function == Function::add ? 1 : 0);
  }

  std::optional<Result> count_increments() {
    if (const std::string why = too_long(history_); !why.empty()) return undecided(why);
    for (const Operation& operation : history_) {
      const bool add = operation.function == Function::add;
      if (!add && operation.function != Function::read)
        return undecided("it has operations that are neither add nor read");
      if (add && operation.value != 1) return undecided("an increment is not of 1");
      if (add) ++increments_;
    }
    return std::nullopt;
  }

  std::optional<Result> find_windows() {
    const std::size_t slots = increments_ + 2;
    full_by_.assign(slots, none);
    empty_at_.assign(slots, none);
    for (Index i = 0; i < history_.size(); ++i) {
      if (!tells(history_[i])) continue;
      if (history_[i].result < initial_)
        return contradiction({i}, "A found less than there was at the beginning");
      if (counted(i) > increments_) return contradiction({i}, "A found more than anybody had begun to add");
      const auto value = static_cast<Slot>(counted(i));
      if (history_[i].function == Function::add)
        bound(value, value - 1, i);
      else
        bound(value, value, i);
    }
    for (std::size_t slot = slots - 1; slot-- > 0;)
      full_by_[slot] = earlier_return(full_by_[slot], full_by_[slot + 1]);
    for (std::size_t slot = 1; slot < slots; ++slot)
      empty_at_[slot] = later_invocation(empty_at_[slot], empty_at_[slot - 1]);
    for (Slot slot = 1; slot < slots; ++slot)
      if (full_by_[slot] != none && empty_at_[slot] != none &&
          timeline_->returned[full_by_[slot]] < timeline_->invoked[empty_at_[slot]])
        return contradiction({full_by_[slot], empty_at_[slot]},
                             "A found more and returned before B began and found less");
    return std::nullopt;
  }

  /// Slots up to `full` are filled when it returns, those behind `empty` are not when it begins.
  void bound(Slot full, Slot empty, Index index) {
    full_by_[full] = earlier_return(full_by_[full], index);
    empty_at_[empty + 1] = later_invocation(empty_at_[empty + 1], index);
  }

  Index earlier_return(Index one, Index other) const {
    if (one == none || other == none) return one == none ? other : one;
    return timeline_->returned[other] < timeline_->returned[one] ? other : one;
  }
  Index later_invocation(Index one, Index other) const {
    if (one == none || other == none) return one == none ? other : one;
    return timeline_->invoked[other] > timeline_->invoked[one] ? other : one;
  }

  std::optional<Result> claim_slots() {
    filled_by_.assign(increments_ + 2, none);
    for (Index i = 0; i < history_.size(); ++i) {
      if (history_[i].function != Function::add || !tells(history_[i])) continue;
      Index& owner = filled_by_[static_cast<Slot>(counted(i))];
      if (owner != none)
        return contradiction({owner, i}, "A and B both found the same, and one of them was lost");
      owner = i;
    }
    return std::nullopt;
  }

  Result fill_slots() {
    if (std::optional<Result> lost_update = claim_slots()) return *lost_update;
    using Waiting = std::pair<Gap, Index>;  // by return
    std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting;
    auto next = timeline_->events.begin();
    Slot slot = 1;
    for (; slot < full_by_.size() && full_by_[slot] != none; ++slot) {
      for (; next != timeline_->events.end() && *next != 2 * full_by_[slot] + 1; ++next)
        if (unclaimed(*next)) waiting.emplace(timeline_->returned[*next / 2], *next / 2);
      if (filled_by_[slot] != none) continue;
      if (waiting.empty()) return gained(slot);
      if (too_late(waiting.top().first, slot)) return lost(waiting.top().second);
      filled_by_[slot] = waiting.top().second;
      waiting.pop();
    }
    for (; next != timeline_->events.end(); ++next)
      if (unclaimed(*next)) waiting.emplace(timeline_->returned[*next / 2], *next / 2);
    if (!waiting.empty() && slot < empty_at_.size() && too_late(waiting.top().first, slot))
      return lost(waiting.top().second);
    return {};
  }

  bool unclaimed(std::uint32_t event) const {
    const Operation& operation = history_[event / 2];
    return event % 2 == 0 && operation.function == Function::add && !tells(operation);
  }

  bool too_late(Gap returned, Slot slot) const {
    return empty_at_[slot] != none && timeline_->invoked[empty_at_[slot]] >= returned;
  }

  Result gained(Slot slot) const {
    return contradiction({full_by_[slot]},
                         "A found " + std::to_string(slot) +
                             " or more added, and too few had begun to be added when it returned");
  }

  /// Increments that all fit into too few slots: they began after somebody had found the slots before them
  /// filled (if any), and returned before somebody else found only these filled. The slots before are found
  /// by going back to the last that was left to an increment with more time.
  Result lost(Index increment) const {
    Slot behind = 1;
    while (!too_late(timeline_->returned[increment], behind)) ++behind;
    std::vector<Index> crowd = {increment};
    Slot before = behind - 1;
    for (; before > 0; --before) {
      const Index filler = filled_by_[before];
      if (!tells(history_[filler]) && !too_late(timeline_->returned[filler], behind)) break;
      crowd.push_back(filler);
    }
    return crowded(before == 0 ? none : full_by_[before], std::move(crowd), empty_at_[behind]);
  }

  /// Many increments are too many to show: three stand for them, or two where three would not contradict.
  Result crowded(Index earlier, std::vector<Index> crowd, Index later) const {
    const std::size_t all = crowd.size();
    const bool alike = std::none_of(crowd.begin(), crowd.end(), [&](Index i) { return tells(history_[i]); });
    if (all > 3 && alike) crowd.resize(history_[later].result == initial_ + 3 ? 2 : 3);
    Result result = contradiction({}, "");
    if (earlier != none) result.witness.push_back(earlier);
    const std::size_t first = result.witness.size();
    result.witness.insert(result.witness.end(), crowd.begin(), crowd.end());
    const std::size_t last = result.witness.size();
    if (std::find(crowd.begin(), crowd.end(), later) == crowd.end()) result.witness.push_back(later);
    result.why = letters(first, last - 1);
    if (all > crowd.size()) result.why += " (of " + std::to_string(all) + " such)";
    if (earlier != none) result.why += " began after A had found as many added, and";
    result.why += " had returned when " + letters(last, last) + " began, which counts too few of them";
    return result;
  }

  History history_;
  std::int64_t initial_;
  std::size_t increments_ = 0;
  std::optional<Timeline> timeline_;
  std::vector<Index> full_by_;    ///< of each slot: the first to return of those that found it filled
  std::vector<Index> empty_at_;   ///< of each slot: the last to begin of those that found it empty
  std::vector<Index> filled_by_;  ///< of each slot: the increment that took it; none
};

}  // namespace

Result check_counter(History history, std::int64_t initial) { return Counter(history, initial).judge(); }

}  // namespace squall::linear
