// Keeps what a strategy chooses, as schedules need it. Owns nothing: the strategy must outlive it.
#pragma once

#include "harness/engine/controlled/schedule.h"

namespace squall::controlled {

class Recorder final : public Strategy {
 public:
  explicit Recorder(Strategy& inner) : inner_(inner) {}

  bool begin(std::uint64_t execution, std::uint64_t seed) override;
  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t step,
                                  TaskId current) override;
  void finish(const ExecutionSummary& summary) override { inner_.finish(summary); }
  bool wants_reached() const override { return inner_.wants_reached(); }
  std::string said() const override { return inner_.said(); }

  /// Of the last execution.
  std::span<const Taken> taken() const { return taken_; }
  std::uint64_t seed() const { return seed_; }

 private:
  Strategy& inner_;
  std::uint64_t seed_ = 0;
  std::vector<Taken> taken_;
  static constexpr std::uint64_t not_ready = UINT64_MAX;
  std::vector<std::uint64_t> ready_;  ///< by task: since which step it has been offered
};

}  // namespace squall::controlled
