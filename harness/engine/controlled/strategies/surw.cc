// Selectively uniform random walk (Zhao, Wolff, Mathur, Roychoudhury 2025): one contended object an execution
// is the interesting one, and all orders in which the tasks can come to it have the same chance: the next to
// come is drawn with the weight of the visits it has left, and the others wait in front of the object until
// it has been there. Everything else goes by random priorities. One execution in a few aims at nothing and is
// a plain random walk: what is contended is learned, and may be overlooked.
#include "harness/engine/controlled/strategies/candidates.h"
#include "harness/engine/controlled/strategies/dice.h"
#include "harness/engine/controlled/strategies/extras.h"
#include "harness/engine/controlled/strategies/learned.h"
#include "harness/engine/controlled/strategies/makers.h"

#include <algorithm>
#include <unordered_map>

namespace squall::controlled {
namespace {

class Surw final : public Strategy {
 public:
  bool begin(std::uint64_t, std::uint64_t seed) override {
    dice_ = Dice(seed);
    left_.clear();
    priorities_.clear();
    const auto objects = learned_.contended_granules();
    waited_ = run_length_ = 0;
    spare_ = shortest_ == UINT64_MAX ? 0 : shortest_;
    is_walk_ = dice_.one_in(walks_one_in) && learned_.executions() != 0;
    has_object_ = !objects.empty() && !is_walk_;
    if (has_object_) {
      object_ = objects[dice_.below(objects.size())];
      by_turns_ = dice_.one_in(2);
      left_ = by_turns_ ? learned_.turns(object_) : learned_.visits(object_);
    }
    intended_ = draw(left_);
    return true;
  }

  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t, TaskId) override {
    if (is_walk_) return dice_.below(candidates.size());
    const std::size_t picked = choose(candidates);
    const bool is_counted = is_interesting(candidates[picked]);
    learned_.note(candidates, candidates[picked]);
    if (is_counted) {
      waited_ = 0;
      take_one(candidates[picked].task);
      intended_ = draw(left_);
    }
    return picked;
  }

  void finish(const ExecutionSummary& summary) override {
    if (is_walk_) return;
    learned_.end_execution();
    shortest_ = std::min(shortest_, summary.steps);
  }

 private:
  using Weights = Learned::Visits;

  Dice dice_;
  Learned learned_;
  bool is_walk_ = false;  ///< nothing is learned from it: it would find most things contended
  bool has_object_ = false;
  Granule object_ = 0;
  bool by_turns_ = false;  ///< who takes a lock gives it back without a choice
  Weights left_;           ///< visits that each task still owes; tasks not yet started included
  TaskId intended_ = no_task;
  std::unordered_map<TaskId, std::uint64_t> priorities_;
  std::vector<std::size_t> free_;
  TaskId last_ = no_task;
  std::uint64_t run_length_ = 0;
  std::uint64_t waited_ = 0;             ///< steps that somebody has been kept waiting for the intended one
  std::uint64_t shortest_ = UINT64_MAX;  ///< execution, the walks apart
  std::uint64_t spare_ = 0;  ///< steps that may still be waited, in this execution, beyond patience

  static constexpr std::uint64_t walks_one_in = 16;
  /// After so many a task may be spinning for what another would do.
  static constexpr std::uint64_t patience = 500;

  /// With many tasks the intended one is far away: it may be the last to be started.
  bool waits_on() {
    if (waited_ <= patience) return true;
    if (spare_ == 0) return false;
    --spare_;
    return true;
  }

  bool is_interesting(const Candidate& candidate) const {
    if (!has_object_ || intended_ == no_task || (by_turns_ && learned_.is_same_turn(object_, candidate)))
      return false;
    bool is_visit = false;
    for_each_granule(candidate, [&](Granule granule) { is_visit |= granule == object_; });
    return is_visit;
  }

  TaskId draw(const Weights& weights) {
    std::uint64_t sum = 0;
    for (const auto& [task, weight] : weights) sum += weight;
    std::uint64_t at = dice_.below(sum);
    for (const auto& [task, weight] : weights) {
      if (at < weight) return task;
      at -= weight;
    }
    return no_task;
  }

  void take_one(TaskId task) {
    for (auto& [owner, count] : left_)
      if (owner == task && count > 0) --count;
  }

  std::uint64_t left_of(TaskId task) const {
    for (const auto& [owner, count] : left_)
      if (owner == task) return count;
    return 0;
  }

  std::size_t choose(std::span<const Candidate> candidates) {
    free_.clear();
    for (std::size_t at = 0; at < candidates.size(); ++at)
      if (candidates[at].task == intended_ || !is_interesting(candidates[at])) free_.push_back(at);
    waited_ = free_.size() == candidates.size() ? 0 : waited_ + 1;
    if (!free_.empty() && waits_on()) return highest_free(candidates);
    waited_ = 0;
    return choose_waiting(candidates);
  }

  std::size_t highest_free(std::span<const Candidate> candidates) {
    std::size_t best = free_[0];
    std::uint64_t most = 0;
    for (const std::size_t at : free_) {
      const auto [found, is_new] = priorities_.try_emplace(candidates[at].task, 0);
      if (is_new) found->second = dice_.next();
      if (found->second < most) continue;
      most = found->second;
      best = at;
    }
    rest_when_spinning(candidates[best].task);
    return best;
  }

  void rest_when_spinning(TaskId task) {
    run_length_ = task == last_ ? run_length_ + 1 : 0;
    last_ = task;
    if (run_length_ >= patience) priorities_[task] = run_length_ = 0;
  }

  /// The intended one does not come, for it is blocked, has ended, or went another way: let one that waits go
  /// first.
  std::size_t choose_waiting(std::span<const Candidate> candidates) {
    Weights waiting;
    for (const Candidate& candidate : candidates)
      if (is_interesting(candidate))
        waiting.emplace_back(candidate.task, std::max<std::uint64_t>(1, left_of(candidate.task)));
    intended_ = draw(waiting);
    const auto found = std::find_if(candidates.begin(), candidates.end(),
                                    [&](const Candidate& candidate) { return candidate.task == intended_; });
    return static_cast<std::size_t>(found - candidates.begin());
  }
};

}  // namespace

std::unique_ptr<Strategy> make_surw(const StrategyOptions& options) {
  return with_extras(std::make_unique<Surw>(), options.extra_bound);
}

}  // namespace squall::controlled
