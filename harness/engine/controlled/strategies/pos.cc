// Partial order sampling (Yuan, Yang, Gu 2018): every pending event has a random priority and the highest
// happens; events that raced with it draw anew, so each order of each race has a fair chance.
#include "harness/engine/controlled/strategies/dice.h"
#include "harness/engine/controlled/strategies/extras.h"
#include "harness/engine/controlled/strategies/makers.h"

#include <unordered_map>

namespace squall::controlled {
namespace {

class Pos final : public Strategy {
 public:
  bool begin(std::uint64_t, std::uint64_t seed) override {
    dice_ = Dice(seed);
    pending_.clear();
    return true;
  }

  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t, TaskId) override {
    const std::size_t best = highest(candidates);
    for (const Candidate& other : candidates)
      if (other.task == candidates[best].task || conflict(other, candidates[best]))
        pending_.erase(other.task);
    return best;
  }

  void finish(const ExecutionSummary&) override {}

 private:
  struct Pending {
    std::uint64_t fingerprint = 0;
    std::uint64_t priority = 0;
  };
  Dice dice_;
  std::unordered_map<TaskId, Pending> pending_;

  std::uint64_t priority_of(const Candidate& candidate) {
    const auto [found, is_new] = pending_.try_emplace(candidate.task);
    if (is_new || found->second.fingerprint != candidate.fingerprint)
      found->second = {candidate.fingerprint, dice_.next()};
    return found->second.priority;
  }

  std::size_t highest(std::span<const Candidate> candidates) {
    std::size_t best = 0;
    std::uint64_t most = 0;
    for (std::size_t at = 0; at < candidates.size(); ++at) {
      const std::uint64_t priority = priority_of(candidates[at]);
      if (priority < most) continue;
      most = priority;
      best = at;
    }
    return best;
  }
};

}  // namespace

std::unique_ptr<Strategy> make_pos(const StrategyOptions& options) {
  return with_extras(std::make_unique<Pos>(), options.extra_bound);
}

}  // namespace squall::controlled
