#include "checkers/linear/swallowed.h"

#include "checkers/linear/class_witness.h"

#include <algorithm>

namespace squall::linear {

Swallowed::Swallowed(const Timeline& timeline, const Pairing& pairing)
    : budget_(64 * timeline.events.size()) {
  if (pairing.swallowers == 0 || pairing.unreceived == 0) return;
  for (std::uint32_t event : timeline.events)
    if (event % 2 == 0 && pairing.role[event / 2] == Role::swallow)
      begun_.push_back(timeline.invoked[event / 2]);
}

void Swallowed::paint(const Ways& ways, const std::vector<Index>& entered, PaintedGaps& occupied) {
  const std::size_t before = entered_.size();
  for (Index at : entered)
    if (!ways.received(at)) entered_.push_back(ways.enter_last[at]);
  if (entered_.size() == before) return;
  if (begun_.empty()) return occupied.paint(entered_[before] + 1, no_gap);
  std::inplace_merge(entered_.begin(), entered_.begin() + static_cast<std::ptrdiff_t>(before),
                     entered_.end());
  if (budget_ < entered_.size() + begun_.size()) return;
  budget_ -= entered_.size() + begun_.size();
  for (std::size_t i = 0, taken = 0; i < entered_.size(); ++i) {
    while (taken < begun_.size() && begun_[taken] < entered_[i]) ++taken;
    // From here on i + 1 have entered; closed until as many receivers have begun.
    if (taken <= i) occupied.paint(entered_[i] + 1, i < begun_.size() ? begun_[i] : no_gap);
  }
}

namespace {

/// Who needs a value to be out, and by when.
struct Deadline {
  Gap last = no_gap;
  std::size_t at = ~std::size_t{0};  ///< a value that overtook it
  Index empty = none;                ///< or an empty result

  bool operator<(const Deadline& other) const { return last < other.last; }
};

/// The earliest deadline among those whose window begins behind a gap. A Fenwick tree over the gaps from
/// behind.
class Deadlines {
 public:
  explicit Deadlines(Gap end) : tree_(std::size_t{end} + 2) {}
  void add(Gap first, const Deadline& deadline) {
    for (std::size_t i = tree_.size() - 1 - std::min<std::size_t>(first, tree_.size() - 2); i < tree_.size();
         i += i & -i)
      tree_[i] = std::min(tree_[i], deadline);
  }
  Deadline behind(Gap gap) const {
    Deadline earliest;
    if (std::size_t{gap} + 1 >= tree_.size()) return earliest;
    for (std::size_t i = tree_.size() - 2 - gap; i > 0; i -= i & -i) earliest = std::min(earliest, tree_[i]);
    return earliest;
  }

 private:
  std::vector<Deadline> tree_;
};

struct Missing {
  std::size_t at;
  Deadline deadline;
};

/// Unreceived values that must be out by some time, the most urgent first. Classes from low to high: what is
/// lower, and every empty result that asked for the class, makes demands on it.
std::vector<Missing> find_missing(const Ways& ways, std::vector<Demand> of_empties, const Timeline& timeline,
                                  const std::function<Rank(Index)>& rank,
                                  const std::function<bool(Index)>& in_order) {
  std::sort(of_empties.begin(), of_empties.end(),
            [](const Demand& l, const Demand& r) { return l.up_to < r.up_to; });
  Deadlines deadlines(timeline.end());
  std::vector<Missing> missing;
  for (std::size_t last = ways.puts.size(), first = 0; last > 0; last = first) {
    first = ways.class_of(last - 1);
    for (; !of_empties.empty() && of_empties.back().up_to >= rank(ways.puts[first]); of_empties.pop_back())
      deadlines.add(of_empties.back().first,
                    {of_empties.back().last, ~std::size_t{0}, of_empties.back().operation});
    std::vector<Deadline> overtakers(last - first +
                                     1);  // the first to leave of those that begin at or behind it
    for (std::size_t at = last; at-- > first;) {
      overtakers[at - first] = overtakers[at - first + 1];
      if (ways.received(at))
        overtakers[at - first] = std::min(overtakers[at - first], {ways.leave_last[at], at, none});
    }
    for (std::size_t at = first; at < last; ++at) {
      if (ways.received(at)) continue;
      const auto behind =
          std::partition_point(ways.puts.begin() + static_cast<std::ptrdiff_t>(first),
                               ways.puts.begin() + static_cast<std::ptrdiff_t>(last),
                               [&](Index put) { return timeline.invoked[put] + 1 <= ways.enter_last[at]; });
      const auto place = static_cast<std::size_t>(behind - ways.puts.begin()) - first;
      const Deadline deadline = std::min(overtakers[place], deadlines.behind(ways.enter_last[at]));
      if (deadline.last != no_gap) missing.push_back({at, deadline});
    }
    for (std::size_t at = first; at < last; ++at)
      if (ways.received(at) && in_order(ways.puts[at]))
        deadlines.add(ways.leave_first[at], {ways.leave_last[at], at, none});
  }
  std::stable_sort(missing.begin(), missing.end(),
                   [](const Missing& l, const Missing& r) { return l.deadline < r.deadline; });
  return missing;
}

Result too_few(const Missing& missing, const Ways& ways, const std::vector<Demand>& of_empties,
               const Timeline& timeline, const Pairing& pairing) {
  ClassWitness witness(timeline, pairing, ways);
  witness.add(ways.puts[missing.at]);
  if (missing.deadline.empty == none) {
    witness.add(ways.puts[missing.deadline.at]);
    witness.prove_shrunk(missing.deadline.at);
    return witness.result(
        "nobody took A's value out, and C took B's, although A's goes first; too few receivers had begun by "
        "then and "
        "were killed to explain it");
  }
  const Index empty = missing.deadline.empty;
  witness.add(empty);
  for (const Demand& demand : of_empties) {
    if (demand.operation != empty) continue;
    if (demand.first > timeline.invoked[empty] + 1)
      witness.prove_closed(timeline.invoked[empty] + 1, demand.first - 1, 0, ways.puts.size());
    if (demand.last < timeline.returned[empty])
      witness.prove_closed(demand.last + 1, timeline.returned[empty], 0, ways.puts.size());
  }
  return witness.result(
      "nobody took A's value out, and B found nothing; too few receivers had begun by then and were killed "
      "to explain it");
}

}  // namespace

std::optional<Result> assign_swallowed(const Ways& ways, const std::vector<Demand>& of_empties,
                                       const Timeline& timeline, const std::function<Rank(Index)>& rank,
                                       const std::function<bool(Index)>& in_order, Pairing& pairing) {
  std::vector<Index> receivers;
  for (std::uint32_t event : timeline.events)
    if (event % 2 == 0 && pairing.role[event / 2] == Role::swallow) receivers.push_back(event / 2);
  std::size_t next = 0;
  for (const Missing& missing : find_missing(ways, of_empties, timeline, rank, in_order)) {
    if (next == receivers.size() || timeline.invoked[receivers[next]] >= missing.deadline.last)
      return too_few(missing, ways, of_empties, timeline, pairing);
    const Index put = ways.puts[missing.at];
    pairing.mate[put] = receivers[next];
    pairing.mate[receivers[next++]] = put;
    --pairing.unreceived;
  }
  pairing.swallowers = 0;
  return std::nullopt;
}

}  // namespace squall::linear
