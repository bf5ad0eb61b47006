#include "checkers/linear/classes.h"

#include "checkers/linear/class_witness.h"
#include "checkers/linear/sort.h"
#include "checkers/linear/swallowed.h"

#include <algorithm>
#include <numeric>

namespace squall::linear {
namespace {

constexpr std::uint64_t sign = std::uint64_t{1} << 63;

std::uint64_t in_order(Rank rank) { return static_cast<std::uint64_t>(rank) ^ sign; }

class Classes {
 public:
  /// The timeline and the pairing are the caller's; a killed receiver that is paired with a value took it.
  Classes(History history, const Ranking& ranking, const Timeline& timeline, const Pairing& pairing)
      : history_(history),
        ranking_(ranking),
        timeline_(timeline),
        pairing_(pairing),
        occupied_(timeline.end()),
        swallowed_(timeline, pairing) {
    for (std::uint32_t event : timeline.events)
      if (event % 2 == 0 && pairing.role[event / 2] == Role::put) ways_.puts.push_back(event / 2);
    sort_by(ways_.puts, [&](Index put) { return in_order(rank(put)); });
    for (Index i = 0; i < history.size(); ++i)
      if (pairing.role[i] == Role::empty) (ranking.wish(history[i]).only ? only_ : empties_).push_back(i);
    for (std::vector<Index>* some : {&only_, &empties_})
      sort_by(*some, [&](Index index) { return in_order(ranking_.wish(history_[index]).up_to); });
  }

  Result judge() {
    for (std::vector<Gap>* gaps : {&ways_.enter_last, &ways_.leave_first, &ways_.leave_last})
      gaps->resize(ways_.puts.size());
    for (std::size_t first = 0, last = 0; first < ways_.puts.size(); first = last) {
      const Rank own = rank(ways_.puts[first]);
      while (last < ways_.puts.size() && rank(ways_.puts[last]) == own) ++last;
      if (std::optional<Result> defect = judge_empties_above(rank(ways_.puts[first]), first)) return *defect;
      ways_.classes.push_back(first);
      if (std::optional<Result> defect = judge_class(first, last)) return *defect;
    }
    if (std::optional<Result> defect = judge_empties_above(every_rank, ways_.puts.size())) return *defect;
    return {};
  }

  const Ways& ways() const { return ways_; }
  Rank rank(Index put) const { return ranking_.rank(history_[put]); }

  /// When an empty result can have been, once everything is painted.
  std::vector<Demand> demands_of_empties() const {
    std::vector<Demand> demands;
    for (Index empty : empties_)
      demands.push_back(
          {empty, wish_of(empty).up_to, timeline_.invoked[empty] + 1, timeline_.returned[empty]});
    return demands;
  }
  bool takes_in_order(Index put) const { return !wish_of(pairing_.mate[put]).only; }

 private:
  std::optional<Result> judge_class(std::size_t first, std::size_t last) {
    for (std::size_t at = first; at < last; ++at)
      if (std::optional<Result> defect = shrink(at, first)) return defect;
    std::vector<Index> entered(last - first);
    std::iota(entered.begin(), entered.end(), static_cast<Index>(first));
    sort_by(entered, [&](Index at) { return ways_.enter_last[at]; });
    if (std::optional<Result> defect = judge_order(first, last, entered)) return defect;
    if (std::optional<Result> defect = judge_only_empties(rank(ways_.puts[first]), first, entered))
      return defect;
    for (std::size_t at = first; at < last; ++at)
      if (ways_.received(at) && ways_.certainly_inside(at))
        occupied_.paint(ways_.enter_last[at] + 1, ways_.leave_first[at] - 1);
    swallowed_.paint(ways_, entered, occupied_);
    return std::nullopt;
  }

  /// To the gaps that higher classes leave open.
  std::optional<Result> shrink(std::size_t at, std::size_t higher) {
    const Index put = ways_.puts[at], take = pairing_.mate[put];
    Passage way(timeline_, pairing_, put);
    if (take != none && !ranking_.fits(history_[put], history_[take]))
      return contradiction({put, take}, ranking_.misfit);
    if (take != none && takes_in_order(put)) {
      const Gap first = occupied_.free_from(way.leave_first);
      if (first > std::min(way.leave_last, timeline_.end())) return jumped(at, higher);
      way.leave_first = first;
      way.leave_last = static_cast<Gap>(occupied_.free_until(way.leave_last));
      way.enter_last = std::min(way.enter_last, way.leave_last);
    }
    ways_.enter_last[at] = way.enter_last;
    ways_.leave_first[at] = way.leave_first;
    ways_.leave_last[at] = way.leave_last;
    return std::nullopt;
  }

  std::optional<Result> judge_order(std::size_t first, std::size_t last,
                                    const std::vector<Index>& entered) const {
    std::size_t latest = last;
    auto next = entered.begin();
    for (std::size_t at = first; at < last; ++at) {
      if (!ways_.received(at)) continue;
      for (; next != entered.end() && ways_.enter_last[*next] <= timeline_.invoked[ways_.puts[at]]; ++next) {
        if (!ways_.received(*next) && swallowed_.any()) continue;
        if (latest == last || ways_.leave_first[*next] > ways_.leave_first[latest]) latest = *next;
      }
      if (latest != last && ways_.leave_first[latest] > ways_.leave_last[at]) return overtaken(latest, at);
    }
    return std::nullopt;
  }

  /// Those who asked for this class alone: its stays, in the order of entering, merge to stretches.
  std::optional<Result> judge_only_empties(Rank rank, std::size_t first, const std::vector<Index>& entered) {
    if (next_only_ == only_.size()) return std::nullopt;
    while (next_only_ < only_.size() && wish_of(only_[next_only_]).up_to < rank) ++next_only_;
    std::vector<Interval> stretches;
    for (Index at : entered) {
      if (!ways_.certainly_inside(at) || (!ways_.received(at) && swallowed_.any())) continue;
      if (stretches.empty() || stretches.back().last + 1 < ways_.enter_last[at] + 1)
        stretches.push_back({ways_.enter_last[at] + 1, 0, none});
      stretches.back().last = std::max(stretches.back().last, ways_.leave_first[at] - 1);
    }
    for (; next_only_ < only_.size() && wish_of(only_[next_only_]).up_to == rank; ++next_only_) {
      const Index empty = only_[next_only_];
      const auto after =
          std::upper_bound(stretches.begin(), stretches.end(), timeline_.invoked[empty] + 1,
                           [](Gap gap, const Interval& stretch) { return gap < stretch.first; });
      if (after != stretches.begin() && std::prev(after)->last >= timeline_.returned[empty])
        return not_empty(empty, first, first + entered.size());
    }
    return std::nullopt;
  }

  /// Those who asked for less than this rank, when everything above it is painted.
  std::optional<Result> judge_empties_above(Rank rank, std::size_t painted) {
    for (; next_empty_ < empties_.size(); ++next_empty_) {
      const Index empty = empties_[next_empty_];
      if (rank != every_rank && wish_of(empty).up_to >= rank) break;
      if (occupied_.free_from(timeline_.invoked[empty] + 1) > timeline_.returned[empty])
        return not_empty(empty, 0, painted);
    }
    return std::nullopt;
  }

  Wish wish_of(Index take) const { return ranking_.wish(history_[take]); }

  Result jumped(std::size_t at, std::size_t higher) const {
    ClassWitness witness(timeline_, pairing_, ways_);
    witness.add(ways_.puts[at]);
    const Passage way(timeline_, pairing_, ways_.puts[at]);
    witness.prove_closed(way.leave_first, std::min(way.leave_last, timeline_.end()), 0, higher);
    return witness.result(
        std::string("A put in something ") + ranking_.lower +
        ", and B took it out, while something that goes first was certainly inside at every "
        "moment of B");
  }

  Result overtaken(std::size_t slow, std::size_t fast) const {
    ClassWitness witness(timeline_, pairing_, ways_);
    witness.add(ways_.puts[slow]);
    witness.add(ways_.puts[fast]);
    witness.prove_shrunk(slow);
    witness.prove_shrunk(fast);
    return witness.result(
        ways_.received(slow)
            ? "A put its value in before C began to, of the same class, yet D had C's value "
              "before B can have taken A's out"
            : "A put its value in before B began to, of the same class, and C took B's out, but "
              "nobody took A's out");
  }

  Result not_empty(Index empty, std::size_t first, std::size_t last) const {
    ClassWitness witness(timeline_, pairing_, ways_);
    witness.add(empty);
    witness.prove_closed(timeline_.invoked[empty] + 1, timeline_.returned[empty], first, last);
    return witness.result("A found nothing, but at every moment of A a value was certainly inside");
  }

  History history_;
  const Ranking& ranking_;
  const Timeline& timeline_;
  const Pairing& pairing_;
  Ways ways_;
  PaintedGaps occupied_;
  Swallowed swallowed_;
  std::vector<Index> empties_, only_;  ///< empty results, by what they had asked for
  std::size_t next_empty_ = 0, next_only_ = 0;
};

}  // namespace

Result check_classes(History history, const Ranking& ranking) {
  Pairing pairing(history);
  if (pairing.defect) return *pairing.defect;
  const Timeline timeline(history);
  Classes classes(history, ranking, timeline, pairing);
  Result result = classes.judge();
  if (!result.valid() || pairing.swallowers == 0 || pairing.unreceived == 0) return result;
  if (std::optional<Result> lost = assign_swallowed(
          classes.ways(), classes.demands_of_empties(), timeline,
          [&](Index put) { return classes.rank(put); },
          [&](Index put) { return classes.takes_in_order(put); }, pairing))
    return *lost;
  if (Classes(history, ranking, timeline, pairing).judge().valid()) return result;
  return undecided("it depends on which values the killed receivers took");
}

}  // namespace squall::linear
