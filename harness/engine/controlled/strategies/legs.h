// A schedule as legs: who runs, and whether until it cannot go on or just before a certain step. An order of
// legs still means something after some were moved, left out or put in: a leg whose task cannot run is left
// out, and after the last one each task runs for as long as it can. So the neighbours of a failing schedule
// are those whose legs are in another order, which is closer to what makes them fail than single turns are.
#pragma once

#include "harness/engine/controlled/schedule.h"
#include "harness/engine/controlled/strategies/dice.h"

#include <memory>
#include <optional>
#include <vector>

namespace squall::controlled {

struct Leg {
  TaskId task = 0;
  bool is_preempted = false;            ///< otherwise it ends when the task cannot go on
  std::optional<std::uint16_t> before;  ///< the step that comes no more, by its mark (beginnings.h)
  std::vector<std::uint16_t> marks;     ///< of the steps that it had; so many come when `before` is not known
};
using Legs = std::vector<Leg>;

Legs legs_of(std::span<const Taken>);

/// A few legs are changed at random, and no more than so many end in a preemption.
Legs rearranged(Legs, std::size_t most_preemptions, Dice&);

std::unique_ptr<Strategy> make_by_legs(Legs, std::uint64_t seed);

}  // namespace squall::controlled
