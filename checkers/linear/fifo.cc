// A queue is wrong only if one of its values, or a pair of them, or an empty result is (Henzinger, Sezgin and
// Vafeiadis, "Aspect-oriented linearizability proofs", CONCUR 2013). So: one walk over the events, in which a
// value that is about to be put in looks at the last to leave of those that were certainly put in before;
// then the gaps in which something is certainly inside are painted, and "empty" needs an unpainted one.
// Linear.
//
// Killed receivers may each have swallowed one value. Unreceived values in the order of their entering have
// deadlines in the same order (the leaving of the first value that came after them), so the i-th of them
// needs i receivers that began before; and at a gap in which i unreceived values have certainly entered, the
// queue can be empty only if i killed receivers have begun. With that the checker is exact, empty results
// included.
#include "checkers/linear/cover.h"
#include "checkers/linear/painted_gaps.h"
#include "checkers/linear/pairing.h"

#include <algorithm>

namespace squall::linear {
namespace {

class Fifo {
 public:
  explicit Fifo(History history) : pairing_(history) {
    if (!pairing_.defect) timeline_.emplace(history);
  }

  Result judge() {
    if (pairing_.defect) return *pairing_.defect;
    if (Result result = judge_order(); !result.valid()) return result;
    if (pairing_.swallowers > 0 && pairing_.unreceived > 0)
      if (Result result = judge_losses(); !result.valid()) return result;
    return pairing_.empties > 0 ? judge_empty_results() : Result{};
  }

 private:
  Passage passage(Index put) const { return {*timeline_, pairing_, put}; }

  /// The put whose value has certainly gone in at this event, and not before; none.
  Index entered_at(std::uint32_t event) const {
    if (event % 2 == 0) return none;
    const Index operation = event / 2;
    if (pairing_.role[operation] != Role::put && pairing_.role[operation] != Role::take) return none;
    const Index mate = pairing_.mate[operation];
    if (mate != none && timeline_->returned[mate] < timeline_->returned[operation]) return none;
    return pairing_.role[operation] == Role::put ? operation : mate;
  }

  Result judge_order() const {
    Index latest = none;
    Gap latest_leaves = 0;
    for (std::uint32_t event : timeline_->events) {
      if (const Index put = entered_at(event); put != none) {
        if (!pairing_.received(put) && pairing_.swallowers > 0) continue;
        const Gap leaves = passage(put).leave_first;
        if (leaves > latest_leaves) latest = put, latest_leaves = leaves;
      } else if (event % 2 == 0 && pairing_.role[event / 2] == Role::put && pairing_.received(event / 2)) {
        if (latest_leaves > passage(event / 2).leave_last) return overtaken(latest, event / 2, "");
      }
    }
    return {};
  }

  Result overtaken(Index slow, Index fast, const char* excuse) const {
    if (pairing_.received(slow))
      return contradiction({slow, pairing_.mate[slow], fast, pairing_.mate[fast]},
                           "A put its value in before C began to, yet D had C's value and returned before B "
                           "began to take A's out");
    return contradiction({slow, fast, pairing_.mate[fast]},
                         std::string("A put its value in before B began to, and C took B's out, but nobody "
                                     "took A's out") +
                             excuse);
  }

  struct Unreceived {
    Index put;
    Index overtaker;  ///< the put of the value that left first of those that came after; none
  };

  /// In the order of their entering.
  std::vector<Unreceived> unreceived() const {
    std::vector<Unreceived> found;
    Index first_to_leave = none;
    Gap leaves = no_gap;
    for (auto event = timeline_->events.rbegin(); event != timeline_->events.rend(); ++event) {
      const Index operation = *event / 2;
      if (pairing_.role[operation] != Role::put) continue;
      if (*event % 2 == 1 && !pairing_.received(operation)) found.push_back({operation, first_to_leave});
      if (*event % 2 == 1 || !pairing_.received(operation)) continue;
      if (const Gap last = passage(operation).leave_last; last < leaves)
        first_to_leave = operation, leaves = last;
    }
    std::reverse(found.begin(), found.end());
    return found;
  }

  /// When the receivers that were killed began, in order.
  std::vector<Gap> swallowing() const {
    std::vector<Gap> begun;
    for (std::uint32_t event : timeline_->events)
      if (event % 2 == 0 && pairing_.role[event / 2] == Role::swallow)
        begun.push_back(timeline_->invoked[event / 2]);
    return begun;
  }

  Result judge_losses() const {
    const std::vector<Gap> begun = swallowing();
    const std::vector<Unreceived> all = unreceived();
    for (std::size_t i = 0; i < all.size() && all[i].overtaker != none; ++i)
      if (i >= begun.size() || begun[i] >= passage(all[i].overtaker).leave_last)
        return overtaken(all[i].put, all[i].overtaker,
                         ", and too few receivers had begun by then and were killed to explain it");
    return {};
  }

  Result judge_empty_results() const {
    PaintedGaps occupied(timeline_->end());
    for (std::uint32_t event : timeline_->events)
      if (const Index put = entered_at(event); put != none && pairing_.received(put))
        occupied.paint(passage(put).enter_last + 1, passage(put).leave_first - 1);
    if (pairing_.unreceived > 0) paint_unreceived(occupied);
    for (Index i = 0; i < pairing_.role.size(); ++i)
      if (pairing_.role[i] == Role::empty &&
          occupied.free_from(timeline_->invoked[i] + 1) > timeline_->returned[i])
        return not_empty(i);
    return {};
  }

  /// The gaps in which more have certainly entered than killed receivers have begun.
  void paint_unreceived(PaintedGaps& occupied) const {
    std::int64_t inside = 0;
    for (Gap gap = 0; gap < timeline_->end(); ++gap) {
      const Index operation = timeline_->events[gap] / 2;
      const bool is_return = timeline_->events[gap] % 2 == 1;
      if (!is_return && pairing_.role[operation] == Role::swallow) --inside;
      if (is_return && pairing_.role[operation] == Role::put && !pairing_.received(operation)) ++inside;
      if (inside > 0) occupied.paint(gap + 1, gap + 1);
    }
  }

  Result not_empty(Index dequeue) const {
    std::vector<Interval> inside;
    for (Index i = 0; i < pairing_.role.size(); ++i) {
      if (pairing_.role[i] != Role::put) continue;
      const Passage way = passage(i);
      if (way.enter_last < way.leave_first) inside.push_back({way.enter_last + 1, way.leave_first - 1, i});
    }
    Result result = contradiction({dequeue}, "");
    for (Index put :
         cover(std::move(inside), timeline_->invoked[dequeue] + 1, timeline_->returned[dequeue])) {
      result.witness.push_back(put);
      if (pairing_.received(put)) result.witness.push_back(pairing_.mate[put]);
    }
    result.why = "A found nothing, but at every moment of A a value was certainly inside, as " +
                 letters(1, result.witness.size() - 1) + (result.witness.size() > 2 ? " show" : " shows");
    return result;
  }

  Pairing pairing_;
  std::optional<Timeline> timeline_;
};

}  // namespace

Result check_fifo(History history) { return Fifo(history).judge(); }

}  // namespace squall::linear
