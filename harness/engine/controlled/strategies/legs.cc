#include "harness/engine/controlled/strategies/legs.h"

#include "harness/engine/controlled/strategies/beginnings.h"
#include "harness/engine/controlled/strategies/candidates.h"

#include <algorithm>

namespace squall::controlled {
namespace {

constexpr std::uint64_t most_changes = 6;
constexpr std::uint64_t patience = 1000;  ///< steps in a row of a task that spins, perhaps

class ByLegs final : public Strategy {
 public:
  ByLegs(Legs legs, std::uint64_t seed) : legs_(std::move(legs)), dice_(seed) {}

  bool begin(std::uint64_t, std::uint64_t) override {
    leg_ = steps_ = 0;
    return true;
  }

  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t,
                                  TaskId current) override {
    for (; leg_ < legs_.size(); ++leg_, steps_ = 0)
      if (const auto next = of_leg(legs_[leg_], candidates)) return next;
    const auto same = plain_of(current, candidates);
    if (same && ++steps_ < patience) return same;
    steps_ = 0;
    return any_plain(candidates, dice_);
  }

  void finish(const ExecutionSummary&) override {}

 private:
  Legs legs_;
  Dice dice_;
  std::size_t leg_ = 0;
  std::uint64_t steps_ = 0;  ///< of this leg

  std::optional<std::size_t> of_leg(const Leg& leg, std::span<const Candidate> candidates) {
    const auto next = plain_of(leg.task, candidates);
    if (!next || steps_ == patience) return std::nullopt;
    if (leg.is_preempted && steps_ > 0 && is_over(leg, candidates[*next])) return std::nullopt;
    ++steps_;
    return next;
  }

  bool is_over(const Leg& leg, const Candidate& next) const {
    return leg.before ? choice_of(next).mark == *leg.before : steps_ == leg.marks.size();
  }
};

/// What the task did next, from that step on.
std::optional<std::uint16_t> next_mark(std::span<const Taken> taken, std::size_t from, TaskId task) {
  for (std::size_t at = from; at < taken.size(); ++at)
    if (taken[at].candidate.task == task) return choice_of(taken[at].candidate).mark;
  return std::nullopt;
}

auto place(Legs& legs, std::size_t at) { return legs.begin() + static_cast<std::ptrdiff_t>(at); }

void move_leg(Legs& legs, std::size_t from, std::size_t to) {
  Leg moved = std::move(legs[from]);
  legs.erase(place(legs, from));
  legs.insert(place(legs, to), std::move(moved));
}

/// Somebody else's leg comes in between.
void interrupt(Legs& legs, std::size_t at, Dice& dice) {
  if (legs[at].marks.size() < 2) return;
  const std::size_t steps = 1 + dice.below(legs[at].marks.size() - 1);
  Leg other = legs[dice.below(legs.size())];
  other.is_preempted = false;
  Leg first = legs[at];
  first.is_preempted = true;
  first.before = first.marks[steps];
  first.marks.resize(steps);
  std::vector<std::uint16_t>& rest = legs[at].marks;
  rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(steps));
  legs.insert(place(legs, at), {std::move(first), std::move(other)});
}

void let_one_go_on(Legs& legs, Dice& dice) {
  std::uint64_t met = 0;
  Leg* chosen = nullptr;
  for (Leg& leg : legs)
    if (leg.is_preempted && dice.one_in(++met)) chosen = &leg;
  if (chosen != nullptr) chosen->is_preempted = false;
}

void change(Legs& legs, Dice& dice) {
  const std::size_t at = dice.below(legs.size());
  switch (dice.below(5)) {
    case 0:
      legs.erase(place(legs, at));
      break;
    case 1:
      move_leg(legs, at, dice.below(legs.size()));
      break;
    case 2:
      move_leg(legs, at, std::min(at + 1, legs.size() - 1));
      break;
    case 3:
      interrupt(legs, at, dice);
      break;
    default:
      let_one_go_on(legs, dice);
  }
}

std::size_t preemptions(const Legs& legs) {
  return static_cast<std::size_t>(
      std::count_if(legs.begin(), legs.end(), [](const Leg& leg) { return leg.is_preempted; }));
}

}  // namespace

Legs legs_of(std::span<const Taken> taken) {
  Legs legs;
  for (std::size_t at = 0; at < taken.size(); ++at) {
    const Choice choice = choice_of(taken[at].candidate);
    if (legs.empty() || legs.back().task != choice.task) {
      if (taken[at].is_preemption) {
        legs.back().is_preempted = true;
        legs.back().before = next_mark(taken, at, legs.back().task);
      }
      legs.push_back({choice.task, false, {}, {}});
    }
    legs.back().marks.push_back(choice.mark);
  }
  return legs;
}

Legs rearranged(Legs legs, std::size_t most_preemptions, Dice& dice) {
  for (std::uint64_t changes = 1 + dice.below(most_changes); changes > 0 && !legs.empty(); --changes)
    change(legs, dice);
  while (preemptions(legs) > most_preemptions) let_one_go_on(legs, dice);
  return legs;
}

std::unique_ptr<Strategy> make_by_legs(Legs legs, std::uint64_t seed) {
  return std::make_unique<ByLegs>(std::move(legs), seed);
}

}  // namespace squall::controlled
