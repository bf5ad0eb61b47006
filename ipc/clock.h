// CLOCK_MONOTONIC in nanoseconds, and the bounded wait for what the kernel gives no way to wait for.
//
// Everything here is async-signal-safe. Sources: clock_gettime(2), nanosleep(2).
#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace squall::ipc {

inline std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

/// Sleeps between two looks at something that cannot be waited for: 20 µs at first, twice as long each time,
/// 1 ms at most and never beyond the deadline. A signal ends the sleep early: the caller looks again anyway.
class Backoff {
 public:
  explicit Backoff(std::uint64_t deadline_ns) : deadline_ns_(deadline_ns) {}

  /// False, without sleeping: the deadline has passed.
  bool sleep() {
    const std::uint64_t now = now_ns();
    if (now >= deadline_ns_) return false;
    const std::uint64_t nap_ns = std::min(next_ns_, deadline_ns_ - now);
    const timespec nap{.tv_sec = 0, .tv_nsec = static_cast<long>(nap_ns)};
    ::nanosleep(&nap, nullptr);
    next_ns_ = std::min(next_ns_ * 2, longest_ns);
    return true;
  }

 private:
  static constexpr std::uint64_t longest_ns = 1'000'000;

  std::uint64_t deadline_ns_;
  std::uint64_t next_ns_ = 20'000;
};

}  // namespace squall::ipc
