#include "harness/engine/controlled/strategies/candidates.h"
#include "harness/engine/controlled/strategies/replay.h"

#include <algorithm>
#include <unordered_map>

namespace squall::controlled {
namespace {

class Guided final : public Strategy {
 public:
  explicit Guided(Guide guide) : guide_(std::move(guide)) {}

  bool begin(std::uint64_t, std::uint64_t) override {
    own_steps_.clear();
    return true;
  }

  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t,
                                  TaskId current) override {
    const std::size_t picked = choose(candidates, current);
    ++own_steps_[candidates[picked].task];
    return picked;
  }

  void finish(const ExecutionSummary&) override {}

 private:
  Guide guide_;
  std::unordered_map<TaskId, std::uint64_t> own_steps_;

  std::size_t choose(std::span<const Candidate> candidates, TaskId current) {
    const Turn* const turn = find_turn(current);
    const bool is_preempted = turn != nullptr && turn->why == Turn::Why::preempted;
    if (turn != nullptr && (is_preempted || !plain_of(current, candidates)))
      if (const auto next = step_of(candidates, turn->next)) return *next;
    // The one that was to go on instead cannot: any other keeps the sense of the turn.
    if (is_preempted)
      if (const auto other = first_of(candidates, current)) return *other;
    if (const auto same = step_of(candidates, current)) return *same;
    return first_of(candidates, no_task).value_or(0);
  }

  const Turn* find_turn(TaskId task) {
    return find(task, [](const Turn& turn) { return turn.why != Turn::Why::extra; });
  }

  template <typename Condition>
  const Turn* find(TaskId task, Condition condition) {
    const std::uint64_t own_step = task == no_task ? 0 : own_steps_[task];
    const auto found = std::find_if(guide_.begin(), guide_.end(), [&](const Turn& turn) {
      return turn.task == task && turn.own_step == own_step && condition(turn);
    });
    return found == guide_.end() ? nullptr : &*found;
  }

  /// What the task does next: the extra one that is due, otherwise its plain one.
  std::optional<std::size_t> step_of(std::span<const Candidate> candidates, TaskId task) {
    const Turn* const extra = find(task, [](const Turn& turn) { return turn.why == Turn::Why::extra; });
    for (std::size_t at = 0; extra != nullptr && at < candidates.size(); ++at)
      if (candidates[at].task == task && candidates[at].kind == extra->kind &&
          candidates[at].variant == extra->variant)
        return at;
    return plain_of(task, candidates);
  }

  /// The plain candidate of the first task, save this one.
  static std::optional<std::size_t> first_of(std::span<const Candidate> candidates, TaskId save) {
    std::optional<std::size_t> best;
    for (std::size_t at = 0; at < candidates.size(); ++at) {
      if (candidates[at].task == save || is_extra(candidates[at])) continue;
      if (!best || candidates[at].task < candidates[*best].task) best = at;
    }
    return best;
  }
};

}  // namespace

Guide guide_of(const Schedule& schedule) {
  Guide guide;
  std::unordered_map<TaskId, std::uint64_t> own_steps;
  TaskId current = no_task;
  for (const ScheduleStep& step : schedule.steps) {
    if (step.task != current) {
      const auto why = step.is_preemption ? Turn::Why::preempted : Turn::Why::stopped;
      guide.push_back({why, current, current == no_task ? 0 : own_steps[current], step.task});
    }
    const ScheduleEvent& event = schedule.event_of(step);
    if (is_extra(event.kind))
      guide.push_back(
          {Turn::Why::extra, step.task, own_steps[step.task], no_task, event.kind, event.variant});
    ++own_steps[step.task];
    current = step.task;
  }
  return guide;
}

std::unique_ptr<Strategy> make_guided(Guide guide) { return std::make_unique<Guided>(std::move(guide)); }

}  // namespace squall::controlled
