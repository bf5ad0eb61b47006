#include "harness/engine/controlled/strategies/replay.h"

#include <fmt/format.h>

#include <algorithm>

namespace squall::controlled {
namespace {

class Replay final : public Strategy {
 public:
  explicit Replay(const Schedule& schedule) : schedule_(schedule) {}

  bool begin(std::uint64_t, std::uint64_t) override {
    said_.clear();
    met_.reset();
    return true;
  }

  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t step,
                                  TaskId) override {
    if (step >= schedule_.steps.size()) return diverge(step, "the end", 0);
    const ScheduleStep& wanted = schedule_.steps[step];
    for (std::size_t at = 0; at < candidates.size(); ++at)
      if (is_wanted(candidates[at], wanted)) return at;
    return diverge(step, in_words(wanted), instead_of(wanted, candidates));
  }

  void finish(const ExecutionSummary& summary) override {
    if (!said_.empty() || summary.steps >= schedule_.steps.size()) return;
    said_ = fmt::format("diverged at step {}: expected {}, got the end", summary.steps,
                        in_words(schedule_.steps[summary.steps]));
  }

  std::string said() const override { return said_; }
  std::optional<std::size_t> met() const override { return met_; }

 private:
  Schedule schedule_;
  std::string said_;
  std::optional<std::size_t> met_;

  std::nullopt_t diverge(std::uint64_t step, const std::string& expected, std::size_t met) {
    said_ = fmt::format("diverged at step {}: expected {}, got ", step, expected);
    met_ = met;
    return std::nullopt;
  }

  bool is_wanted(const Candidate& candidate, const ScheduleStep& wanted) const {
    const ScheduleEvent& event = schedule_.event_of(wanted);
    return candidate.task == wanted.task && candidate.kind == event.kind &&
           candidate.variant == event.variant && candidate.fingerprint == event.fingerprint;
  }

  std::string in_words(const ScheduleStep& step) const {
    const ScheduleEvent& event = schedule_.event_of(step);
    if (!event.words.empty()) return event.words;
    const bool is_named = step.task < schedule_.tasks.size();
    return fmt::format("{}: {} {:#x}",
                       is_named ? schedule_.tasks[step.task] : fmt::format("task {}", step.task),
                       word_for(event.kind), event.fingerprint);
  }

  /// What the task does instead, or who could go on in its place.
  static std::size_t instead_of(const ScheduleStep& wanted, std::span<const Candidate> candidates) {
    const auto own = std::ranges::find(candidates, wanted.task, &Candidate::task);
    return own == candidates.end() ? 0 : static_cast<std::size_t>(own - candidates.begin());
  }
};

}  // namespace

std::unique_ptr<Strategy> make_replay(const Schedule& schedule) { return std::make_unique<Replay>(schedule); }

}  // namespace squall::controlled
