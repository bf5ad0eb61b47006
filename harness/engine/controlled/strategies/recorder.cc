#include "harness/engine/controlled/strategies/recorder.h"

#include <algorithm>

namespace squall::controlled {

bool Recorder::begin(std::uint64_t execution, std::uint64_t seed) {
  taken_.clear();
  seed_ = seed;
  return inner_.begin(execution, seed);
}

std::optional<std::size_t> Recorder::pick(std::span<const Candidate> candidates, std::uint64_t step,
                                          TaskId current) {
  const auto picked = inner_.pick(candidates, step, current);
  if (!picked) return picked;
  const bool is_switch = current != no_task && candidates[*picked].task != current;
  const bool could_go_on = std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
    return candidate.task == current && !is_extra(candidate);
  });
  taken_.push_back({candidates[*picked], is_switch && could_go_on});
  return picked;
}

}  // namespace squall::controlled
