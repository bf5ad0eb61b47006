// What earlier executions of a program taught: which objects several tasks meet at in no fixed order, and how
// often each task comes to them. A search that spends its chances there alone is not diluted by start-up,
// private words, what a lock protects, and objects of one task. Memory is counted in granules of eight bytes.
// Not thread-safe.
#pragma once

#include "harness/engine/controlled/strategies/ordered.h"
#include "harness/engine/controlled/strategy.h"

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace squall::controlled {

/// Calls `each` with every granule that a candidate touches; none for no_object and every_object.
template <typename Function>
void for_each_granule(const Candidate& candidate, Function each) {
  if (candidate.object == no_object || candidate.object == every_object) return;
  constexpr std::uint64_t memory = std::uint64_t{1} << 63;  // apart from the numbers of IPC objects
  if (candidate.kind == EventKind::call && candidate.span <= 1) return each(candidate.object);
  const std::uint64_t last = (candidate.object + candidate.span - 1) / 8;
  for (std::uint64_t granule = candidate.object / 8; granule <= last; ++granule) each(granule | memory);
}

class Learned {
 public:
  /// Which of the candidates happened.
  void note(std::span<const Candidate>, const Candidate& picked);
  void end_execution();

  std::uint64_t executions() const { return executions_; }

  /// Whether several tasks touch it, one of them to write, to synchronise or without being ordered by what
  /// does. Everything is, while nothing is known.
  bool is_contended(const Candidate&) const;

  /// Points of an execution at which a contended access could have been preceded by another task's step.
  std::uint64_t contended_points() const;

  std::vector<Granule> contended_granules() const;

  using Visits = std::vector<std::pair<TaskId, std::uint64_t>>;
  /// How often each task came to this granule, in the mean, rounded, and at least once; for the tasks that
  /// did.
  Visits visits(Granule) const;
  /// The same, but what a task does there to synchronise before another comes counts as one: it takes a lock
  /// and gives it back.
  Visits turns(Granule) const;
  /// Whether this candidate, if it comes there, would go on with such a turn.
  bool is_same_turn(Granule, const Candidate&) const;

 private:
  struct Known {
    TaskId first_task = no_task;
    bool has_several = false;
    bool is_written = false;
    bool is_unordered = false;      ///< once, or it is where tasks synchronise
    Visits visits, turns;           ///< of all executions
    TaskId synchronised = no_task;  ///< who came last in this execution, if to do so
    bool is_contended() const { return has_several && is_written && is_unordered; }
    bool is_same_turn(const Candidate& candidate) const {
      return candidate.task == synchronised && Ordered::synchronises(candidate);
    }
  };
  std::unordered_map<Granule, Known> granules_;
  Ordered ordered_;
  std::uint64_t executions_ = 0;
  std::uint64_t points_ = 0;

  void note_visit(Granule, const Candidate&);
  Visits mean(Granule, Visits Known::*) const;
};

}  // namespace squall::controlled
