#include "harness/engine/controlled/reorder.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace squall::controlled {
namespace {

constexpr unsigned tries = 500;
constexpr std::size_t most_steps = 4000;  ///< the time grows with their square

/// By position in the execution that is given.
struct Step {
  std::vector<std::size_t> before;     ///< of others, that touched the same: the last of each
  std::optional<std::size_t> enabler;  ///< until it happens, the task cannot go on
};

struct Order {
  std::vector<std::size_t> steps;
  std::size_t preemptions = 0, switches = 0;
  auto cost() const { return std::tuple(preemptions, switches); }
};

class Reordering {
 public:
  explicit Reordering(std::span<const Taken> taken) : taken_(taken), steps_(taken.size()) {
    for (std::size_t at = 0; at < taken.size(); ++at) {
      const Candidate& candidate = taken[at].candidate;
      if (own_.size() <= candidate.task) own_.resize(candidate.task + 1);
      std::vector<std::size_t>& own = own_[candidate.task];
      const std::size_t earliest = own.empty() ? 0 : own.back() + 1;
      if (taken[at].ready > earliest) steps_[at].enabler = taken[at].ready - 1;
      own.push_back(at);
      note_conflicts(at);
    }
  }

  /// Each task runs for as long as it can; who comes then is left to chance.
  Order draw(Dice& dice) {
    Order order;
    next_.assign(own_.size(), 0);
    has_happened_.assign(steps_.size(), false);
    TaskId current = no_task;
    while (order.steps.size() < steps_.size()) {
      if (current == no_task || !is_ready(current)) {
        order.preemptions += current != no_task && could_go_on(current);
        ++order.switches;
        current = any_ready(dice);
      }
      const std::size_t step = own_[current][next_[current]++];
      has_happened_[step] = true;
      order.steps.push_back(step);
    }
    return order;
  }

  Guide guide_of(const Order& order) const {
    Guide guide;
    std::vector<std::uint64_t> own_steps(own_.size());
    TaskId current = no_task;
    for (const std::size_t step : order.steps) {
      const Candidate& candidate = taken_[step].candidate;
      if (candidate.task != current)
        guide.push_back(
            {Turn::Why::preempted, current, current == no_task ? 0 : own_steps[current], candidate.task});
      current = candidate.task;
      const std::uint64_t own_step = own_steps[current]++;
      if (is_extra(candidate))
        guide.push_back({Turn::Why::extra, current, own_step, no_task, candidate.kind, candidate.variant});
    }
    return guide;
  }

 private:
  std::span<const Taken> taken_;
  std::vector<Step> steps_;
  std::vector<std::vector<std::size_t>> own_;  ///< the steps of each task
  std::vector<std::size_t> next_;
  std::vector<bool> has_happened_;

  void note_conflicts(std::size_t at) {
    std::vector<bool> is_known(own_.size());
    const Candidate& candidate = taken_[at].candidate;
    for (std::size_t earlier = at; earlier-- > 0;) {
      const Candidate& other = taken_[earlier].candidate;
      if (other.task == candidate.task || is_known[other.task] || !conflict(candidate, other)) continue;
      is_known[other.task] = true;
      steps_[at].before.push_back(earlier);
    }
  }

  bool could_go_on(TaskId task) const {
    if (next_[task] == own_[task].size()) return false;
    const Step& step = steps_[own_[task][next_[task]]];
    return !step.enabler || has_happened_[*step.enabler];
  }

  bool is_ready(TaskId task) const {
    if (!could_go_on(task)) return false;
    const Step& step = steps_[own_[task][next_[task]]];
    return std::all_of(step.before.begin(), step.before.end(),
                       [&](std::size_t earlier) { return has_happened_[earlier]; });
  }

  /// There is one: the first step that has not happened yet.
  TaskId any_ready(Dice& dice) const {
    TaskId chosen = no_task;
    std::uint64_t seen = 0;
    for (TaskId task = 0; task < own_.size(); ++task)
      if (is_ready(task) && dice.one_in(++seen)) chosen = task;
    return chosen;
  }
};

}  // namespace

Reordered with_few_preemptions(std::span<const Taken> taken, Dice& dice) {
  if (taken.empty() || taken.size() > most_steps) return {{}, SIZE_MAX, SIZE_MAX};
  Reordering reordering(taken);
  Order best = reordering.draw(dice);
  for (unsigned left = tries; left > 0; --left)
    if (Order order = reordering.draw(dice); order.cost() < best.cost()) best = std::move(order);
  return {reordering.guide_of(best), best.preemptions, best.switches};
}

}  // namespace squall::controlled
