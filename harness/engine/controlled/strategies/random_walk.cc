// At every point, any task with the same chance.
#include "harness/engine/controlled/strategies/dice.h"
#include "harness/engine/controlled/strategies/extras.h"
#include "harness/engine/controlled/strategies/makers.h"

namespace squall::controlled {
namespace {

class RandomWalk final : public Strategy {
 public:
  bool begin(std::uint64_t, std::uint64_t seed) override {
    dice_ = Dice(seed);
    return true;
  }
  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t, TaskId) override {
    return dice_.below(candidates.size());
  }
  void finish(const ExecutionSummary&) override {}

 private:
  Dice dice_;
};

}  // namespace

std::unique_ptr<Strategy> make_random_walk(const StrategyOptions& options) {
  return with_extras(std::make_unique<RandomWalk>(), options.extra_bound);
}

}  // namespace squall::controlled
