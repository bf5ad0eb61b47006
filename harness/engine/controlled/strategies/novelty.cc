// Search by feedback: the beginnings of executions that led to contents of shared memory never seen before,
// with where each task stood, are kept, and most executions continue from one of them, with priorities and a
// few changes of them soon after it (see priorities.h). It climbs towards bugs that need many unlikely steps,
// each of which is visible in memory.
//
// Places are many and contents few, so a beginning is chosen by its contents: those from which fewer
// executions have continued, of two. On a model of the lost wake-up of glibc this took a third of the
// schedules that a choice among all beginnings took; to prefer rare contents more strongly was worse.
#include "harness/engine/controlled/strategies/beginnings.h"
#include "harness/engine/controlled/strategies/extras.h"
#include "harness/engine/controlled/strategies/makers.h"
#include "harness/engine/controlled/strategies/priorities.h"
#include "harness/engine/controlled/strategies/seen.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <vector>

namespace squall::controlled {
namespace {

constexpr std::size_t most_contents = 1u << 14;
constexpr std::size_t most_beginnings = 16;  ///< of the same contents
constexpr std::size_t most_keys = 1u << 23;
constexpr std::uint64_t fresh_one_in = 8;  ///< executions that start from nothing
constexpr std::uint64_t soon = 4;          ///< changes fall into the first of so many parts of what is left

/// Where executions can continue from: all with the same contents.
struct Origin {
  std::uint64_t contents = 0;
  std::uint64_t chosen = 0;
  std::vector<Beginning> beginnings;  ///< never empty between executions
};

class Novelty final : public Strategy {
 public:
  explicit Novelty(const StrategyOptions& options) : depth_(std::max(1u, options.depth)) {
    auto continuation = std::make_unique<ByPriorities>(learned_);
    continuation_ = continuation.get();
    rest_ = with_extras(std::move(continuation), options.extra_bound, &spent_);
  }

  bool begin(std::uint64_t execution, std::uint64_t seed) override {
    dice_ = Dice(seed);
    beginning_ = origins_.empty() || dice_.one_in(fresh_one_in) ? nullptr : &choose();
    const Behind behind = beginning_ == nullptr ? Behind{} : beginning_->behind;
    const std::uint64_t points = learned_.contended_points();
    const std::uint64_t left = points > behind.points ? (points - behind.points) / soon + 1 : 1;
    continuation_->set_changes(static_cast<unsigned>(dice_.below(depth_)), left);
    spent_ = behind.extras;
    choices_ = std::make_shared<Choices>();
    behind_.assign(1, {});
    return rest_->begin(execution, dice_.next());
  }

  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t step,
                                  TaskId current) override {
    auto picked = follow(candidates, step);
    if (!picked) picked = rest_->pick(candidates, step, current);
    if (picked) note(candidates, candidates[*picked]);
    return picked;
  }

  void finish(const ExecutionSummary& summary) override {
    learned_.end_execution();
    for (const Reached& reached : summary.reached) visit(reached);
    rest_->finish(summary);
  }

  bool wants_reached() const override { return true; }

 private:
  unsigned depth_;
  Dice dice_;
  Learned learned_;
  std::unique_ptr<Strategy> rest_;
  ByPriorities* continuation_ = nullptr;  ///< inside rest_
  std::vector<Origin> origins_;
  std::unordered_map<std::uint64_t, std::size_t> origin_of_;  ///< by contents
  Seen seen_{most_keys};
  unsigned spent_ = 0;                    ///< extras of the beginning
  const Beginning* beginning_ = nullptr;  ///< of this execution; until it ends or does not fit
  std::shared_ptr<Choices> choices_;
  std::vector<Behind> behind_;  ///< before each step, and at the end

  std::optional<std::size_t> follow(std::span<const Candidate> candidates, std::uint64_t step) {
    if (beginning_ == nullptr) return std::nullopt;
    for (std::size_t at = 0; step < beginning_->length && at < candidates.size(); ++at)
      if (choice_of(candidates[at]) == (*beginning_->choices)[step]) return at;
    beginning_ = nullptr;
    return std::nullopt;
  }

  void note(std::span<const Candidate> candidates, const Candidate& picked) {
    Behind behind = behind_.back();
    behind.points += has_several_tasks(candidates) && learned_.is_contended(picked);
    behind.extras += is_extra(picked);
    behind_.push_back(behind);
    choices_->push_back(choice_of(picked));
    learned_.note(candidates, picked);
  }

  void visit(const Reached& reached) {
    if (!seen_.add(reached.key) || !is_branching(reached.step)) return;
    keep(origin(reached.contents).beginnings, {choices_, reached.step, behind_[reached.step]});
  }

  const Beginning& choose() {
    Origin& one = origins_[dice_.below(origins_.size())];
    Origin& other = origins_[dice_.below(origins_.size())];
    Origin& chosen = one.chosen <= other.chosen ? one : other;
    ++chosen.chosen;
    return chosen.beginnings[dice_.below(chosen.beginnings.size())];
  }

  /// That of these contents; where there are too many, a new one takes the place of an old one.
  Origin& origin(std::uint64_t contents) {
    const auto [at, is_new] = origin_of_.try_emplace(contents, origins_.size());
    if (!is_new) return origins_[at->second];
    if (origins_.size() < most_contents) {
      origins_.push_back({contents, 0, {}});
      return origins_.back();
    }
    at->second = dice_.below(origins_.size());
    Origin& replaced = origins_[at->second];
    origin_of_.erase(replaced.contents);
    replaced = {contents, 0, {}};
    return replaced;
  }

  /// Whether another choice at that step could matter; an end before any other step has the same
  /// continuations as a later one.
  bool is_branching(std::uint64_t step) const {
    return step + 1 < behind_.size() && behind_[step + 1].points != behind_[step].points;
  }

  void keep(std::vector<Beginning>& beginnings, Beginning beginning) {
    if (beginnings.size() < most_beginnings)
      beginnings.push_back(std::move(beginning));
    else
      beginnings[dice_.below(most_beginnings)] = std::move(beginning);
  }
};

}  // namespace

std::unique_ptr<Strategy> make_novelty(const StrategyOptions& options) {
  return std::make_unique<Novelty>(options);
}

}  // namespace squall::controlled
