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
    return true;
  }

  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t step,
                                  TaskId) override {
    if (step >= schedule_.steps.size()) {
      said_ = fmt::format("diverged at step {}: expected the end, got {}", step, offered(candidates));
      return std::nullopt;
    }
    const ScheduleStep& wanted = schedule_.steps[step];
    for (std::size_t at = 0; at < candidates.size(); ++at)
      if (is_wanted(candidates[at], wanted)) return at;
    said_ = fmt::format("diverged at step {}: expected {}, got {}", step, expected(wanted),
                        got(candidates, wanted));
    return std::nullopt;
  }

  void finish(const ExecutionSummary& summary) override {
    if (!said_.empty() || summary.steps >= schedule_.steps.size()) return;
    said_ = fmt::format("diverged at step {}: expected {}, got the end", summary.steps,
                        expected(schedule_.steps[summary.steps]));
  }

  std::string said() const override { return said_; }

 private:
  Schedule schedule_;
  std::string said_;

  bool is_wanted(const Candidate& candidate, const ScheduleStep& wanted) const {
    const ScheduleEvent& event = schedule_.event_of(wanted);
    return candidate.task == wanted.task && candidate.kind == event.kind &&
           candidate.variant == event.variant && candidate.fingerprint == event.fingerprint;
  }

  std::string name_of(TaskId task) const {
    return task < schedule_.tasks.size() ? schedule_.tasks[task] : fmt::format("task {}", task);
  }

  static std::string describe(EventKind kind, std::uint64_t fingerprint, const std::string& words) {
    return words.empty() ? fmt::format("{} {:#x}", word_for(kind), fingerprint) : words;
  }

  std::string expected(const ScheduleStep& wanted) const {
    const ScheduleEvent& event = schedule_.event_of(wanted);
    return fmt::format("{}: {}", name_of(wanted.task), describe(event.kind, event.fingerprint, event.words));
  }

  std::string describe(const Candidate& candidate) const {
    const auto known =
        std::find_if(schedule_.events.begin(), schedule_.events.end(), [&](const ScheduleEvent& event) {
          return event.kind == candidate.kind && event.variant == candidate.variant &&
                 event.fingerprint == candidate.fingerprint;
        });
    return describe(candidate.kind, candidate.fingerprint,
                    known == schedule_.events.end() ? std::string() : known->words);
  }

  /// What the task does instead, or who could go on in its place.
  std::string got(std::span<const Candidate> candidates, const ScheduleStep& wanted) const {
    for (const Candidate& candidate : candidates)
      if (candidate.task == wanted.task)
        return fmt::format("{}: {}", name_of(wanted.task), describe(candidate));
    return offered(candidates);
  }

  std::string offered(std::span<const Candidate> candidates) const {
    return fmt::format("{}: {}", name_of(candidates[0].task), describe(candidates[0]));
  }
};

}  // namespace

std::unique_ptr<Strategy> make_replay(const Schedule& schedule) { return std::make_unique<Replay>(schedule); }

}  // namespace squall::controlled
