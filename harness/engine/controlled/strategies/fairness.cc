#include "harness/engine/controlled/strategies/fairness.h"

#include "harness/engine/controlled/strategies/candidates.h"

#include <algorithm>
#include <utility>

namespace squall::controlled {
namespace {

std::vector<TaskId> others_of(TaskId task, std::span<const Candidate> candidates) {
  std::vector<TaskId> others;
  for (const Candidate& candidate : candidates)
    if (candidate.task != task && !is_extra(candidate)) others.push_back(candidate.task);
  return others;
}

}  // namespace

/// Whether this step ends the last round that it may make in a row.
bool Fairness::Track::goes_round(const Candidate& candidate) {
  if (candidate.kind == EventKind::store) stored_at = steps + 1;
  bool is_due = false;
  for (std::size_t length = 1; length <= longest_loop; ++length) {
    std::uint64_t& row = repeated[length - 1];
    const bool is_equal = steps >= length && last[(steps - length) % longest_loop] == candidate.fingerprint;
    row = is_equal ? row + 1 : 0;
    const bool stores = stored_at != 0 && stored_at + length > steps + 1;
    is_due = is_due || row >= length * (stores ? most_storing_rounds : most_rounds);
  }
  last[steps++ % longest_loop] = candidate.fingerprint;
  if (is_due) repeated.fill(0);
  return is_due;
}

void Fairness::took(const Candidate& candidate) {
  for (auto& [task, track] : tracks_) std::erase(track.behind, candidate.task);
  Track& own = tracks_[candidate.task];
  own.yields = own.goes_round(candidate);
}

std::vector<TaskId> Fairness::waiting(std::span<const Candidate> candidates) {
  std::vector<TaskId> waiting;
  for (auto& [task, track] : tracks_) {
    if (std::exchange(track.yields, false)) track.behind = others_of(task, candidates);
    const bool waits = std::ranges::any_of(
        track.behind, [&](TaskId other) { return plain_of(other, candidates).has_value(); });
    if (waits) waiting.push_back(task);
  }
  return waiting;
}

}  // namespace squall::controlled
