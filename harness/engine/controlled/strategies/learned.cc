#include "harness/engine/controlled/strategies/learned.h"

#include "harness/engine/controlled/strategies/candidates.h"

#include <algorithm>

namespace squall::controlled {
namespace {

void count(Learned::Visits& visits, TaskId task) {
  const auto found =
      std::find_if(visits.begin(), visits.end(), [task](const auto& visit) { return visit.first == task; });
  if (found == visits.end())
    visits.emplace_back(task, 1);
  else
    ++found->second;
}

}  // namespace

void Learned::note_visit(Granule granule, const Candidate& candidate) {
  Known& known = granules_[granule];
  if (known.first_task == no_task) known.first_task = candidate.task;
  known.has_several |= known.first_task != candidate.task;
  known.is_written |= candidate.is_write;
  known.is_unordered |= ordered_.note_access(granule, candidate) || Ordered::synchronises(candidate);
  count(known.visits, candidate.task);
  if (!known.is_same_turn(candidate)) count(known.turns, candidate.task);
  known.synchronised = Ordered::synchronises(candidate) ? candidate.task : no_task;
}

void Learned::note(std::span<const Candidate> candidates, const Candidate& picked) {
  points_ += has_several_tasks(candidates) && is_contended(picked);
  ordered_.note_step(candidates, picked);
  for_each_granule(picked, [&](Granule granule) { note_visit(granule, picked); });
}

void Learned::end_execution() {
  ++executions_;
  ordered_.begin();
  for (auto& [granule, known] : granules_) known.synchronised = no_task;
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

Learned::Visits Learned::visits(Granule granule) const { return mean(granule, &Known::visits); }
Learned::Visits Learned::turns(Granule granule) const { return mean(granule, &Known::turns); }

bool Learned::is_same_turn(Granule granule, const Candidate& candidate) const {
  const auto found = granules_.find(granule);
  return found != granules_.end() && found->second.is_same_turn(candidate);
}

Learned::Visits Learned::mean(Granule granule, Visits Known::*counts) const {
  const auto found = granules_.find(granule);
  if (found == granules_.end()) return {};
  Visits visits = found->second.*counts;
  for (auto& [task, sum] : visits)
    sum = std::max<std::uint64_t>(1, (sum + executions_ / 2) / std::max<std::uint64_t>(1, executions_));
  return visits;
}

}  // namespace squall::controlled
