// What strategies ask of the candidates that they are offered.
#pragma once

#include "harness/engine/controlled/strategies/dice.h"
#include "harness/engine/controlled/strategy.h"

#include <algorithm>
#include <optional>
#include <span>

namespace squall::controlled {

inline bool has_several_tasks(std::span<const Candidate> candidates) {
  return std::any_of(candidates.begin(), candidates.end(),
                     [&](const Candidate& candidate) { return candidate.task != candidates[0].task; });
}

/// What the task would do by itself; nothing when it cannot go on.
inline std::optional<std::size_t> plain_of(TaskId task, std::span<const Candidate> candidates) {
  for (std::size_t at = 0; at < candidates.size(); ++at)
    if (candidates[at].task == task && !is_extra(candidates[at])) return at;
  return std::nullopt;
}

/// A plain one of any task save this; the first candidate when there is none.
inline std::size_t any_plain(std::span<const Candidate> candidates, Dice& dice, TaskId save = no_task) {
  std::size_t chosen = 0;
  std::uint64_t met = 0;
  for (std::size_t at = 0; at < candidates.size(); ++at)
    if (candidates[at].task != save && !is_extra(candidates[at]) && dice.one_in(++met)) chosen = at;
  return chosen;
}

}  // namespace squall::controlled
