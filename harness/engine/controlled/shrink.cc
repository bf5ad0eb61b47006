#include "harness/engine/controlled/shrink.h"

#include "harness/engine/controlled/reorder.h"
#include "harness/engine/controlled/strategies/cheaper.h"
#include "harness/engine/controlled/strategies/legs.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace squall::controlled {
namespace {

using Cost = std::tuple<std::size_t, std::size_t, std::size_t, std::size_t>;

Cost cost_of(const Schedule& schedule) {
  return {count_extras(schedule), count_preemptions(schedule), count_switches(schedule),
          schedule.steps.size()};
}

Guide without(const Guide& guide, std::size_t from, std::size_t count) {
  Guide rest = guide;
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(from),
             rest.begin() + static_cast<std::ptrdiff_t>(from + count));
  return rest;
}

/// The first turn from there on that passes control, and for which it holds.
template <typename Condition>
std::size_t find_turn(const Guide& guide, std::size_t from, Condition condition) {
  while (from < guide.size() && (guide[from].why == Turn::Why::extra || !condition(guide[from]))) ++from;
  return from;
}

/// What came between two steps of the preempted task comes after what the task did next instead.
std::optional<Guide> put_off(const Guide& guide, std::size_t preemption) {
  const Turn& preempted = guide[preemption];
  const std::size_t back =
      find_turn(guide, preemption + 1, [&](const Turn& turn) { return turn.next == preempted.task; });
  const std::size_t away = find_turn(guide, back + 1, [](const Turn&) { return true; });
  if (away >= guide.size()) return std::nullopt;
  Guide moved = guide;
  moved[back].next = guide[away].next;
  moved[away].next = preempted.next;
  return without(moved, preemption, 1);
}

/// It comes before what the task had done, to which another had passed control.
std::optional<Guide> bring_forward(const Guide& guide, std::size_t preemption) {
  std::size_t before = preemption;
  while (before > 0 && guide[before - 1].why == Turn::Why::extra) --before;
  if (before == 0 || guide[before - 1].next != guide[preemption].task) return std::nullopt;
  Guide moved = guide;
  moved[before - 1].next = guide[preemption].next;
  return without(moved, preemption, 1);
}

class Shrinking {
 public:
  Shrinking(const Schedule& schedule, const Attempt& attempt, const Patience& patience)
      : attempt_(attempt), patience_(patience), result_{schedule, 0, false, false} {}

  Shrunk run() {
    auto again = try_guide(guide_of(result_.schedule));
    if (!again) return result_;
    result_.is_stable = true;
    best_ = std::move(*again);
    while (improve_once() && has_attempts()) {
    }
    result_.is_minimal = has_attempts();
    search_nearby();
    result_.schedule = best_.schedule;
    return result_;
  }

 private:
  const Attempt& attempt_;
  const Patience& patience_;
  Shrunk result_;
  Failing best_;
  Dice dice_;

  bool has_attempts() const {
    return result_.attempts < patience_.most_attempts && !(patience_.is_over && patience_.is_over());
  }

  std::optional<Failing> try_guide(const Guide& guide) { return try_strategy(*make_guided(guide)); }

  std::optional<Failing> try_strategy(Strategy& strategy) {
    if (!has_attempts()) return std::nullopt;
    ++result_.attempts;
    if (patience_.on_attempt) patience_.on_attempt();
    return attempt_(strategy);
  }

  /// Whether that guide fails as well and is cheaper.
  bool accept(const Guide& guide) {
    auto tried = try_guide(guide);
    return tried && take_if_cheaper(std::move(*tried));
  }

  bool take_if_cheaper(Failing failing) {
    if (cost_of(failing.schedule) >= cost_of(best_.schedule)) return false;
    best_ = std::move(failing);
    return true;
  }

  /// Leaves out as many turns at once as will go: halves first, then quarters, down to one.
  bool improve_once() {
    for (std::size_t chunk = guide_of(best_.schedule).size(); chunk > 0; chunk /= 2)
      if (leave_out(chunk)) return true;
    return redirect() || move_blocks() || reorder(best_.taken);
  }

  bool leave_out(std::size_t chunk) {
    bool has_improved = false;
    for (std::size_t from = 0; has_attempts();) {
      const Guide guide = guide_of(best_.schedule);
      if (from >= guide.size()) break;
      const std::size_t count = std::min(chunk, guide.size() - from);
      if (accept(without(guide, from, count)))
        has_improved = true;
      else
        from += count;
    }
    return has_improved;
  }

  /// Two preemptions in a row may become one that goes to where the second went.
  bool redirect() {
    const Guide guide = guide_of(best_.schedule);
    for (std::size_t at = 0; at + 1 < guide.size() && has_attempts(); ++at) {
      if (guide[at].why == Turn::Why::extra) continue;
      const auto next = std::find_if(guide.begin() + static_cast<std::ptrdiff_t>(at) + 1, guide.end(),
                                     [](const Turn& turn) { return turn.why != Turn::Why::extra; });
      if (next == guide.end() || next->next == guide[at].task) continue;
      Guide shorter = guide;
      shorter[at].next = next->next;
      shorter.erase(shorter.begin() + (next - guide.begin()));
      if (accept(shorter)) return true;
    }
    return false;
  }

  bool move_blocks() {
    const Guide guide = guide_of(best_.schedule);
    for (std::size_t at = 0; at < guide.size() && has_attempts(); ++at) {
      if (guide[at].why != Turn::Why::preempted) continue;
      for (const auto move : {put_off, bring_forward})
        if (const auto moved = move(guide, at); moved && accept(*moved)) return true;
    }
    return false;
  }

  bool reorder(std::span<const Taken> taken) {
    const Reordered reordered = with_few_preemptions(taken, dice_);
    return reordered.preemptions < count_preemptions(best_.schedule) && accept(reordered.guide);
  }

  /// Small steps have led to where none of them helps. With the attempts that are left: search nearby in two
  /// ways that find different things, and take the small steps again wherever it costs less.
  void search_nearby() {
    Cheaper cheaper(dice_.next());
    cheaper.follow(guide_of(best_.schedule));
    std::vector<Legs> failing{legs_of(best_.taken)};  // with no more preemptions than the best
    while (count_preemptions(best_.schedule) > 1 && has_attempts()) {
      const std::size_t fewest = count_preemptions(best_.schedule);
      cheaper.set_bound(static_cast<unsigned>(fewest) - 1);
      if (dice_.one_in(2))
        try_cheaper(cheaper);
      else
        try_rearranged(failing);
      if (count_preemptions(best_.schedule) == fewest) continue;
      while (improve_once() && has_attempts()) {
      }
      cheaper.follow(guide_of(best_.schedule));
      failing.assign(1, legs_of(best_.taken));
    }
  }

  void try_cheaper(Cheaper& cheaper) {
    const auto tried = try_strategy(cheaper);
    if (!tried) return;
    cheaper.note_failure();
    take_at_its_best(*tried);
  }

  void try_rearranged(std::vector<Legs>& failing) {
    constexpr std::size_t most_failing = 32, most_more = 1;
    constexpr std::uint64_t descents_one_in = 4;
    const std::size_t fewest = count_preemptions(best_.schedule);
    const auto tried = try_strategy(
        *make_by_legs(rearranged(failing[dice_.below(failing.size())], fewest, dice_), dice_.next()));
    if (!tried) return;
    take_at_its_best(*tried);
    const std::size_t preemptions = count_preemptions(tried->schedule);
    if (preemptions <= fewest + most_more && dice_.one_in(descents_one_in)) descend_from(*tried);
    if (preemptions > fewest || count_preemptions(best_.schedule) < fewest) return;
    if (failing.size() < most_failing)
      failing.push_back(legs_of(tried->taken));
    else
      failing[dice_.below(most_failing)] = legs_of(tried->taken);
  }

  /// Small steps from there may lead to another valley.
  void descend_from(const Failing& tried) {
    Failing before = std::exchange(best_, tried);
    while (improve_once() && has_attempts()) {
    }
    if (cost_of(before.schedule) <= cost_of(best_.schedule)) best_ = std::move(before);
  }

  void take_at_its_best(const Failing& tried) {
    take_if_cheaper(tried);
    reorder(tried.taken);
  }
};

}  // namespace

Shrunk shrink(const Schedule& schedule, const Attempt& attempt, const Patience& patience) {
  return Shrinking(schedule, attempt, patience).run();
}

}  // namespace squall::controlled
