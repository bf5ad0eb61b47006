#include "harness/engine/controlled/shrink.h"

#include "harness/engine/controlled/reorder.h"

#include <algorithm>
#include <tuple>

namespace squall::controlled {
namespace {

using Cost = std::tuple<std::size_t, std::size_t, std::size_t, std::size_t>;

Cost cost_of(const Schedule& schedule) {
  return {count_extras(schedule), count_preemptions(schedule), count_switches(schedule),
          schedule.steps.size()};
}

/// Extras and preemptions: what counts while wandering; switches and steps may grow on the way.
using Weight = std::pair<std::size_t, std::size_t>;

Weight weight_of(const Schedule& schedule) { return {count_extras(schedule), count_preemptions(schedule)}; }

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
    wander();
    result_.schedule = best_.schedule;
    return result_;
  }

 private:
  const Attempt& attempt_;
  const Patience& patience_;
  Shrunk result_;
  Failing best_;
  Dice dice_;

  static constexpr std::uint64_t stuck_after = 200;  ///< attempts, in the mean, before going back to the best
  static constexpr std::uint64_t farthest_shift = 8;

  bool has_attempts() const {
    return result_.attempts < patience_.most_attempts && !(patience_.is_over && patience_.is_over());
  }

  std::optional<Failing> try_guide(const Guide& guide) {
    if (!has_attempts()) return std::nullopt;
    ++result_.attempts;
    return attempt_(*make_guided(guide));
  }

  /// Whether that guide fails as well and is cheaper.
  bool accept(const Guide& guide) {
    auto tried = try_guide(guide);
    if (!tried || cost_of(tried->schedule) >= cost_of(best_.schedule)) return false;
    best_ = std::move(*tried);
    return true;
  }

  /// Leaves out as many turns at once as will go: halves first, then quarters, down to one.
  bool improve_once() {
    for (std::size_t chunk = guide_of(best_.schedule).size(); chunk > 0; chunk /= 2)
      if (leave_out(chunk)) return true;
    return redirect() || move_blocks() || reorder();
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

  bool reorder() {
    const Reordered reordered = with_few_preemptions(best_.taken, dice_);
    return reordered.preemptions < count_preemptions(best_.schedule) && accept(reordered.guide);
  }

  /// Small steps have led to where none of them helps. With the attempts that are left: change a few turns at
  /// random or search on from somewhere, go on from what costs no more once it is reordered, and take the
  /// small steps again wherever it costs less.
  void wander() {
    Schedule here = best_.schedule;
    while (count_preemptions(best_.schedule) > 1 && has_attempts()) {
      auto tried = dice_.one_in(2) ? try_guide(perturbed(here)) : regrow(here);
      if (!tried) {
        if (dice_.one_in(stuck_after)) here = best_.schedule;
        continue;
      }
      const Reordered reordered = with_few_preemptions(tried->taken, dice_);
      const Weight weight{count_extras(tried->schedule), reordered.preemptions};
      if (weight > weight_with_slack()) continue;
      here = std::move(tried->schedule);
      if (weight >= weight_of(best_.schedule) || !accept(reordered.guide)) continue;
      while (improve_once() && has_attempts()) {
      }
      here = best_.schedule;
    }
  }

  /// Begins as that one does, and goes on with no more preemptions than the best has.
  std::optional<Failing> regrow(const Schedule& schedule) {
    if (!has_attempts()) return std::nullopt;
    ++result_.attempts;
    Regrowth regrowth;
    regrowth.steps = dice_.below(schedule.steps.size());
    regrowth.points = schedule.steps.size() - regrowth.steps;
    regrowth.seed = dice_.next();
    const auto stem = std::span(schedule.steps).first(regrowth.steps);
    const auto spent = static_cast<std::size_t>(
        std::count_if(stem.begin(), stem.end(), [](const ScheduleStep& step) { return step.is_preemption; }));
    const std::size_t most = count_preemptions(best_.schedule);
    if (spent < most) regrowth.changes = static_cast<unsigned>(dice_.below(most - spent));
    return attempt_(*make_regrown(guide_of(schedule), regrowth));
  }

  /// One preemption more may be the way to two less.
  Weight weight_with_slack() const {
    Weight weight = weight_of(best_.schedule);
    ++weight.second;
    return weight;
  }

  Guide perturbed(const Schedule& schedule) {
    Guide guide = guide_of(schedule);
    for (std::uint64_t edits = 1 + dice_.below(4); edits > 0 && !guide.empty(); --edits)
      edit(guide, schedule);
    return guide;
  }

  void edit(Guide& guide, const Schedule& schedule) {
    const std::size_t at = dice_.below(guide.size());
    const TaskId any = schedule.steps[dice_.below(schedule.steps.size())].task;
    switch (dice_.below(4)) {
      case 0:
        guide.erase(guide.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        guide[at].next = guide[at].why == Turn::Why::extra ? no_task : any;
        break;
      case 2:
        guide[at].own_step = std::max<std::uint64_t>(
                                 farthest_shift, guide[at].own_step + dice_.below(2 * farthest_shift + 1)) -
                             farthest_shift;
        break;
      default: {
        const TaskId other = schedule.steps[dice_.below(schedule.steps.size())].task;
        guide.push_back({Turn::Why::preempted, any, dice_.below(steps_of(schedule, any)), other});
      }
    }
  }

  static std::uint64_t steps_of(const Schedule& schedule, TaskId task) {
    return static_cast<std::uint64_t>(
        std::count_if(schedule.steps.begin(), schedule.steps.end(),
                      [&](const ScheduleStep& step) { return step.task == task; }));
  }
};

}  // namespace

Shrunk shrink(const Schedule& schedule, const Attempt& attempt, const Patience& patience) {
  return Shrinking(schedule, attempt, patience).run();
}

}  // namespace squall::controlled
