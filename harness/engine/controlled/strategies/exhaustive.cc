// Every schedule, depth first, those with the fewest preemptions first (Musuvathi, Qadeer 2007), without
// repeating those that differ only in the order of steps that do not touch the same things (sleep sets,
// Godefroid 1996).
//
// With a bound, a schedule may be left out only if one that is equal to it lies within the bound:
// Asleep::detour tells how many more switches the equal one takes. Without that care the bound and sleep sets
// together miss schedules (Coons, Musuvathi, McKinley 2013). Whoever goes round in a loop has to let others
// go on at some time, at no cost; a step after which that happened has not been tried to its end, and never
// sleeps.
#include "harness/engine/controlled/strategies/candidates.h"
#include "harness/engine/controlled/strategies/fairness.h"
#include "harness/engine/controlled/strategies/makers.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace squall::controlled {
namespace {

bool is_same(const Candidate& one, const Candidate& other) {
  return one.task == other.task && one.kind == other.kind && one.variant == other.variant &&
         one.fingerprint == other.fingerprint;
}

bool depends(const Candidate& one, const Candidate& other) {
  return one.task == other.task || conflict(one, other);
}

/// A step whose continuations have all been tried from an earlier point, and commute with what happened
/// since.
struct Asleep {
  Candidate candidate;
  int detour = 0;  ///< switches that taking it back there costs more than going without
};

struct Explored {
  std::size_t index;
  bool stays_enabled;  ///< its task could go on after this step
  bool is_whole;       ///< fairness left nothing out after it
};

struct Node {
  std::vector<Candidate> candidates;
  TaskId current = no_task;
  unsigned preemptions = 0;  ///< before this step
  unsigned extras = 0;
  std::vector<Asleep> asleep;
  std::vector<Explored> explored;
  std::vector<TaskId> waiting;  ///< they go round in a loop, and others go first
  std::size_t chosen = 0;
  bool stays_enabled = false;  ///< of the chosen one
  bool is_whole = true;        ///< the same

  bool has_to_wait(TaskId task) const { return std::ranges::find(waiting, task) != waiting.end(); }
  /// What going on with this candidate costs in preemptions.
  unsigned cost(const Candidate& candidate) const {
    const bool is_switch = current != no_task && candidate.task != current;
    return is_switch && plain_of(current, candidates) && !has_to_wait(current) ? 1 : 0;
  }
  bool must_use_extra() const {
    return std::all_of(candidates.begin(), candidates.end(),
                       [](const Candidate& candidate) { return is_extra(candidate); });
  }
  /// Time goes on by itself where nobody else can.
  unsigned extra_cost(const Candidate& candidate) const {
    if (!is_extra(candidate)) return 0;
    const bool is_free = candidate.kind == EventKind::timeout || !has_timeout();
    return must_use_extra() && is_free ? 0 : 1;
  }
  bool has_timeout() const {
    return std::any_of(candidates.begin(), candidates.end(),
                       [](const Candidate& candidate) { return candidate.kind == EventKind::timeout; });
  }
};

class Exhaustive final : public Strategy {
 public:
  explicit Exhaustive(const StrategyOptions& options)
      : most_preemptions_(options.preemption_bound),
        extra_bound_(options.extra_bound),
        bound_(options.preemption_bound == StrategyOptions::no_bound ? StrategyOptions::no_bound : 0) {}

  bool begin(std::uint64_t, std::uint64_t) override {
    fairness_ = {};
    return !is_exhausted_ && difference_.empty();
  }

  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t step,
                                  TaskId current) override {
    auto waiting = fairness_.waiting(candidates);
    const auto picked =
        step < path_.size() ? repeat(candidates, step) : go_on(candidates, current, std::move(waiting));
    if (picked) fairness_.took(candidates[*picked]);
    return picked;
  }

  void finish(const ExecutionSummary& summary) override {
    if (!difference_.empty()) return;
    if (summary.steps < path_.size()) path_.resize(summary.steps);
    schedules_ += !summary.abandoned;
    failures_ += summary.failed;
    if (!advance()) widen();
  }

  std::string said() const override {
    if (!difference_.empty()) return difference_;
    if (!is_exhausted_) return {};
    const std::string what = std::to_string(schedules_) + (schedules_ == 1 ? " schedule" : " schedules");
    const std::string fails = failures_ == 0   ? "none fails"
                              : failures_ == 1 ? "1 fails"
                                               : std::to_string(failures_) + " fail";
    return "exhausted: " + what + limits() + ", " + fails;
  }

 private:
  unsigned most_preemptions_;
  unsigned extra_bound_;
  unsigned bound_;       ///< preemptions allowed in this round
  bool is_cut_ = false;  ///< the bound kept something out
  bool has_extras_cut_ = false;
  bool has_rounds_cut_ = false;
  bool is_exhausted_ = false;
  std::string difference_;
  std::uint64_t schedules_ = 0;
  std::uint64_t failures_ = 0;
  std::vector<Node> path_;
  Fairness fairness_;

  std::string limits() const {
    std::string text;
    const auto add = [&](bool is_limited, unsigned most, const char* one, const char* many) {
      if (!is_limited) return;
      text += (text.empty() ? " with at most " : " and ") + std::to_string(most) + (most == 1 ? one : many);
    };
    add(is_cut_, bound_, " preemption", " preemptions");
    add(has_extras_cut_, extra_bound_, " fault or signal", " faults or signals");
    add(has_rounds_cut_, Fairness::most_rounds, "", " rounds of a loop in a row");
    return text;
  }

  std::optional<std::size_t> go_on(std::span<const Candidate> candidates, TaskId current,
                                   std::vector<TaskId> waiting) {
    note_enabled(candidates);
    Node node = make_node(candidates, current);
    node.waiting = std::move(waiting);
    if (!node.waiting.empty()) note_unfair();
    const auto next = next_choice(node);
    if (!next) return std::nullopt;
    node.chosen = *next;
    path_.push_back(std::move(node));
    return next;
  }

  /// Whatever has led here was not tried to its end.
  void note_unfair() {
    has_rounds_cut_ = true;
    for (auto node = path_.rbegin(); node != path_.rend() && node->is_whole; ++node) node->is_whole = false;
  }

  std::optional<std::size_t> repeat(std::span<const Candidate> candidates, std::uint64_t step) {
    const Node& node = path_[step];
    const bool is_equal = node.chosen < candidates.size() && candidates.size() == node.candidates.size() &&
                          is_same(candidates[node.chosen], node.candidates[node.chosen]);
    if (is_equal) return node.chosen;
    difference_ = "not exhaustive: the program behaved differently at step " + std::to_string(step) +
                  " when the same choices were repeated";
    return std::nullopt;
  }

  void note_enabled(std::span<const Candidate> candidates) {
    if (path_.empty()) return;
    Node& last = path_.back();
    const TaskId task = last.candidates[last.chosen].task;
    last.stays_enabled = plain_of(task, candidates).has_value();
  }

  Node make_node(std::span<const Candidate> candidates, TaskId current) const {
    Node node;
    node.candidates.assign(candidates.begin(), candidates.end());
    node.current = current;
    if (path_.empty()) return node;
    const Node& last = path_.back();
    const Candidate& taken = last.candidates[last.chosen];
    node.preemptions = last.preemptions + last.cost(taken);
    node.extras = last.extras + last.extra_cost(taken);
    node.asleep = still_asleep(last, taken);
    return node;
  }

  static std::vector<Asleep> still_asleep(const Node& last, const Candidate& taken) {
    std::vector<Asleep> asleep;
    for (const Asleep& old : last.asleep)
      if (!depends(old.candidate, taken)) asleep.push_back(old);
    for (const Explored& tried : last.explored) {
      const Candidate& sibling = last.candidates[tried.index];
      if (tried.index == last.chosen || !tried.is_whole || depends(sibling, taken)) continue;
      const int there = static_cast<int>(last.cost(sibling)) + (tried.stays_enabled ? 1 : 0);
      asleep.push_back({sibling, there - static_cast<int>(last.cost(taken))});
    }
    return asleep;
  }

  bool is_asleep(const Node& node, const Candidate& candidate) const {
    return std::any_of(node.asleep.begin(), node.asleep.end(), [&](const Asleep& asleep) {
      if (!is_same(asleep.candidate, candidate)) return false;
      // One more, since the step after it may be a switch there and none here.
      return bound_ == StrategyOptions::no_bound ||
             asleep.detour + 1 <= static_cast<int>(node.cost(candidate));
    });
  }

  bool is_allowed(const Node& node, const Candidate& candidate) {
    if (is_asleep(node, candidate) || (!is_extra(candidate) && node.has_to_wait(candidate.task)))
      return false;
    const bool has_preemptions =
        bound_ == StrategyOptions::no_bound || node.preemptions + node.cost(candidate) <= bound_;
    const bool has_extras = node.extras + node.extra_cost(candidate) <= extra_bound_;
    is_cut_ |= !has_preemptions;
    has_extras_cut_ |= !has_extras;
    return has_preemptions && has_extras;
  }

  /// Untried, allowed, awake: first what goes on without a switch, extras last.
  std::optional<std::size_t> next_choice(const Node& node) {
    std::optional<std::size_t> best;
    unsigned least = UINT32_MAX;
    for (std::size_t at = 0; at < node.candidates.size(); ++at) {
      const Candidate& candidate = node.candidates[at];
      const unsigned order = 2 * (is_extra(candidate) ? 1u : 0u) + (candidate.task == node.current ? 0u : 1u);
      const bool is_tried = std::any_of(node.explored.begin(), node.explored.end(),
                                        [&](const Explored& tried) { return tried.index == at; });
      if (order >= least || is_tried || !is_allowed(node, candidate)) continue;
      best = at;
      least = order;
    }
    return best;
  }

  /// To the next untried branch; false when there is none.
  bool advance() {
    while (!path_.empty()) {
      Node& node = path_.back();
      node.explored.push_back({node.chosen, node.stays_enabled, node.is_whole});
      if (const auto next = next_choice(node)) {
        node.chosen = *next;
        node.stays_enabled = false;
        node.is_whole = true;
        return true;
      }
      path_.pop_back();
    }
    return false;
  }

  void widen() {
    is_exhausted_ = !is_cut_ || bound_ >= most_preemptions_;
    if (is_exhausted_) return;
    ++bound_;
    is_cut_ = false;
    has_extras_cut_ = false;
    has_rounds_cut_ = false;
    schedules_ = 0;  // the next round repeats them
    failures_ = 0;
  }
};

}  // namespace

std::unique_ptr<Strategy> make_exhaustive(const StrategyOptions& options) {
  return std::make_unique<Exhaustive>(options);
}

}  // namespace squall::controlled
