// The time that traced programs see. It is ours: it goes on by a microsecond with each step and each look at
// it, and jumps to the next deadline when nobody can do anything else. Nothing ever really waits for it.
// Processor time goes on by as much with each call of a task.
//
// Calls that wait with a bound are made to wait without one; when the bound is picked, they are interrupted
// and answer as if it had passed. Sources: clock_gettime(2), futex(2), select(2), nanosleep(2).
#pragma once

#include "harness/engine/controlled/task.h"

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace squall::controlled {

class Clock {
 public:
  std::uint64_t now_ns() const { return now_ns_; }
  void pass() { now_ns_ += a_step_ns; }
  /// The task comes to another call.
  static void work(Task& task) {
    task.worked_ns += a_step_ns;
    task.process->worked_ns += a_step_ns;
  }
  void jump_to(std::uint64_t time_ns) { now_ns_ = std::max(now_ns_, time_ns); }
  /// A time of CLOCK_REALTIME, or of another clock, by this one.
  static std::uint64_t monotonic(std::uint64_t time_ns, bool is_real) {
    return is_real ? time_ns - std::min(time_ns, real_minus_monotonic_ns) : time_ns;
  }

  /// Until when the call at whose entry the task is will wait at most; nothing where it does not wait or has
  /// no bound.
  std::optional<std::uint64_t> deadline_of(const Task&) const;
  /// At that entry: the same call without its bound, as registers.
  static void remove_bound(const Task&, Registers&);
  /// At the exit of such a call: what its result would have been with the bound, and the program is told what
  /// is left of it where the kernel tells that.
  std::int64_t result_with_bound(const Task&, std::int64_t result) const;

  /// If the call at whose entry the task is asks for the time: answers it, and is true.
  bool answer(const Task&, Registers&);

 private:
  static constexpr std::uint64_t a_step_ns = 1'000;
  static constexpr std::uint64_t real_minus_monotonic_ns = 1'767'225'600'000'000'000;  ///< 2026-01-01

  /// Nothing: there is no such clock.
  std::optional<std::uint64_t> time_by(clockid_t, const Task&) const;

  std::uint64_t now_ns_ = 1'000'000'000'000;  ///< CLOCK_MONOTONIC; the machine is up for a while
};

}  // namespace squall::controlled
