// Remembers where each step of an execution happened, for stories and traces.
#pragma once

#include "harness/engine/controlled/observer.h"
#include "harness/engine/controlled/symbols/symbols.h"

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace squall::controlled {

class StepPlaces final : public Observer {
 public:
  /// Only of steps that `wanted` wants: to unwind a stack takes time.
  explicit StepPlaces(std::function<bool(std::uint64_t)> wanted) : wanted_(std::move(wanted)) {}

  void begun() override { places_.clear(); }
  void step(Tasks, const Task*, const Candidate&, std::uint64_t number) override;

  /// "increment() at counter.c:7"; empty where that is not known.
  std::string of(std::uint64_t step) const { return step < places_.size() ? places_[step] : std::string(); }

 private:
  std::function<bool(std::uint64_t)> wanted_;
  Symbols symbols_;
  std::vector<std::string> places_;
};

/// Adds a backtrace to what is said of a task that died of what it did itself.
class CrashPlaces final : public Observer {
 public:
  void begun() override { frames_.clear(); }
  void step(Tasks, const Task*, const Candidate&, std::uint64_t number) override;
  void failed(Tasks, Execution&) override;

 private:
  Symbols symbols_;
  std::string frames_;  ///< of the last signal that may end its task
};

}  // namespace squall::controlled
