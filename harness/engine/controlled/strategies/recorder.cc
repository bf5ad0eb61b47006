#include "harness/engine/controlled/strategies/recorder.h"

#include "harness/engine/controlled/strategies/candidates.h"

#include <algorithm>
#include <utility>

namespace squall::controlled {

bool Recorder::begin(std::uint64_t execution, std::uint64_t seed) {
  taken_.clear();
  ready_.clear();
  seed_ = seed;
  return inner_.begin(execution, seed);
}

std::optional<std::size_t> Recorder::pick(std::span<const Candidate> candidates, std::uint64_t step,
                                          TaskId current) {
  for (const Candidate& candidate : candidates) {
    if (ready_.size() <= candidate.task) ready_.resize(candidate.task + 1, not_ready);
    ready_[candidate.task] = std::min(ready_[candidate.task], step);
  }
  const auto picked = inner_.pick(candidates, step, current);
  if (!picked) return picked;
  const bool is_switch = current != no_task && candidates[*picked].task != current;
  const bool could_go_on = plain_of(current, candidates).has_value();
  std::uint64_t& ready = ready_[candidates[*picked].task];
  taken_.push_back({candidates[*picked], is_switch && could_go_on, std::exchange(ready, not_ready)});
  return picked;
}

}  // namespace squall::controlled
