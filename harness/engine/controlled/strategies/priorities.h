// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte 2010): tasks have random
// priorities and the highest runs; at a few points the one about to run becomes the lowest. Points are drawn
// over contended accesses with a choice, so the chance to hit a bug falls with their number and not with the
// length of a run. Shared by the strategies that are or use it.
#pragma once

#include "harness/engine/controlled/strategies/candidates.h"
#include "harness/engine/controlled/strategies/dice.h"
#include "harness/engine/controlled/strategies/learned.h"

#include <unordered_map>
#include <vector>

namespace squall::controlled {

class Priorities {
 public:
  /// `changes` changes of priority, drawn over the next `points` contended points.
  void begin(Dice dice, unsigned changes, std::uint64_t points);
  std::size_t pick(std::span<const Candidate> candidates, TaskId current, const Learned&);

 private:
  /// Steps that a task may run while others wait: a spinning one would never see what it waits for.
  static constexpr std::uint64_t patience = 1000;

  Dice dice_;
  std::vector<std::uint64_t> changes_;
  std::unordered_map<TaskId, std::int64_t> priorities_;
  std::int64_t lowest_ = 0;
  std::uint64_t points_ = 0;
  std::uint64_t run_length_ = 0;

  std::size_t highest(std::span<const Candidate> candidates);
  bool is_change(const Candidate&, const Learned&);
  bool is_impatient(const Candidate&, TaskId current);
};

/// A search by these alone, for strategies that begin in another way.
class ByPriorities final : public Strategy {
 public:
  explicit ByPriorities(const Learned& learned) : learned_(learned) {}

  /// Of the executions that begin from now on.
  void set_changes(unsigned changes, std::uint64_t points) {
    changes_ = changes;
    points_ = points;
  }
  bool begin(std::uint64_t, std::uint64_t seed) override {
    priorities_.begin(Dice(seed), changes_, points_);
    return true;
  }
  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t,
                                  TaskId current) override {
    return priorities_.pick(candidates, current, learned_);
  }
  void finish(const ExecutionSummary&) override {}

 private:
  const Learned& learned_;
  unsigned changes_ = 0;
  std::uint64_t points_ = 0;
  Priorities priorities_;
};

}  // namespace squall::controlled
