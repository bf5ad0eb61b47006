#include "harness/engine/controlled/strategies/learned.h"

#include <algorithm>

namespace squall::controlled {

void Learned::note_visit(Granule granule, const Candidate& candidate) {
  Known& known = granules_[granule];
  if (known.first_task == no_task) known.first_task = candidate.task;
  known.has_several |= known.first_task != candidate.task;
  known.is_written |= candidate.is_write;
  known.is_unordered |= ordered_.note_access(granule, candidate) || Ordered::synchronises(candidate);
  const auto found = std::find_if(known.visits.begin(), known.visits.end(),
                                  [&](const auto& visit) { return visit.first == candidate.task; });
  if (found == known.visits.end())
    known.visits.emplace_back(candidate.task, 1);
  else
    ++found->second;
}

void Learned::note(const Candidate& candidate, bool had_choice) {
  points_ += had_choice && is_contended(candidate);
  ordered_.note_step(candidate);
  for_each_granule(candidate, [&](Granule granule) { note_visit(granule, candidate); });
}

void Learned::end_execution() {
  ++executions_;
  ordered_.begin();
}

bool Learned::is_contended(const Candidate& candidate) const {
  if (executions_ == 0) return true;
  bool is = false;
  for_each_granule(candidate, [&](Granule granule) {
    const auto found = granules_.find(granule);
    is |= found != granules_.end() && found->second.is_contended();
  });
  return is;
}

std::uint64_t Learned::contended_points() const {
  return executions_ == 0 ? 0 : (points_ + executions_ - 1) / executions_;
}

std::vector<Granule> Learned::contended_granules() const {
  std::vector<Granule> all;
  for (const auto& [granule, known] : granules_)
    if (known.is_contended()) all.push_back(granule);
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<std::pair<TaskId, std::uint64_t>> Learned::visits(Granule granule) const {
  const auto found = granules_.find(granule);
  if (found == granules_.end()) return {};
  auto visits = found->second.visits;
  for (auto& [task, count] : visits)
    count = (count + executions_ - 1) / std::max<std::uint64_t>(1, executions_);
  return visits;
}

}  // namespace squall::controlled
