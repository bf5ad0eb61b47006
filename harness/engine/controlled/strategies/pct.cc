#include "harness/engine/controlled/strategies/extras.h"
#include "harness/engine/controlled/strategies/makers.h"
#include "harness/engine/controlled/strategies/priorities.h"

#include <algorithm>

namespace squall::controlled {

void Priorities::begin(Dice dice, unsigned changes, std::uint64_t points) {
  dice_ = dice;
  changes_.clear();
  for (unsigned left = changes; left > 0 && points > 0; --left) changes_.push_back(dice_.below(points));
  priorities_.clear();
  lowest_ = 0;
  points_ = 0;
  run_length_ = 0;
}

std::size_t Priorities::highest(std::span<const Candidate> candidates) {
  std::size_t best = 0;
  std::int64_t most = INT64_MIN;
  for (std::size_t at = 0; at < candidates.size(); ++at) {
    const auto [found, is_new] = priorities_.try_emplace(candidates[at].task, 0);
    if (is_new) found->second = static_cast<std::int64_t>(dice_.next() >> 1);
    if (found->second <= most) continue;
    most = found->second;
    best = at;
  }
  return best;
}

bool Priorities::is_change(const Candidate& next, const Learned& learned) {
  if (changes_.empty() || !learned.is_contended(next)) return false;
  const std::uint64_t now = points_++;
  return std::find(changes_.begin(), changes_.end(), now) != changes_.end();
}

bool Priorities::is_impatient(const Candidate& next, TaskId current) {
  run_length_ = next.task == current ? run_length_ + 1 : 0;
  return run_length_ > patience;
}

std::size_t Priorities::pick(std::span<const Candidate> candidates, TaskId current, const Learned& learned) {
  std::size_t best = highest(candidates);
  if (!has_several_tasks(candidates)) return best;
  const bool must_wait = is_change(candidates[best], learned) || is_impatient(candidates[best], current);
  if (!must_wait) return best;
  run_length_ = 0;
  priorities_[candidates[best].task] = --lowest_;
  return highest(candidates);
}

namespace {

class Pct final : public Strategy {
 public:
  explicit Pct(unsigned depth) : changes_(depth == 0 ? 0 : depth - 1) {}

  bool begin(std::uint64_t, std::uint64_t seed) override {
    priorities_.begin(Dice(seed), changes_, learned_.contended_points());
    return true;
  }
  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t,
                                  TaskId current) override {
    const std::size_t picked = priorities_.pick(candidates, current, learned_);
    learned_.note(candidates, candidates[picked]);
    return picked;
  }
  void finish(const ExecutionSummary&) override { learned_.end_execution(); }

 private:
  unsigned changes_;
  Learned learned_;
  Priorities priorities_;
};

}  // namespace

std::unique_ptr<Strategy> make_pct(const StrategyOptions& options) {
  return with_extras(std::make_unique<Pct>(options.depth), options.extra_bound);
}

}  // namespace squall::controlled
