// The wall clock as the rules will have it. Async-signal-safe.
#pragma once

#include "harness/preload/libc.h"
#include "harness/preload/state.h"

namespace squall::preload {

inline std::int64_t clock_shift_ns() { return library.clock_shift_ns.load(std::memory_order_relaxed); }

inline timespec moved(const timespec& time, std::int64_t by_ns) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  std::int64_t seconds = time.tv_sec + by_ns / second_ns;
  std::int64_t rest_ns = time.tv_nsec + by_ns % second_ns;
  if (rest_ns < 0) rest_ns += second_ns, --seconds;
  if (rest_ns >= second_ns) rest_ns -= second_ns, ++seconds;
  return {static_cast<time_t>(seconds), static_cast<long>(rest_ns)};
}

/// A point of the wall clock as the program believes in it, for the kernel, which knows better.
class Deadline {
 public:
  Deadline(const timespec* wanted, bool of_wall_clock) : given_(wanted) {
    const std::int64_t shift_ns = clock_shift_ns();
    if (wanted == nullptr || shift_ns == 0 || !of_wall_clock) return;
    // Malformed ones are for libc to refuse.
    if (wanted->tv_nsec < 0 || wanted->tv_nsec >= 1'000'000'000) return;
    real_ = moved(*wanted, -shift_ns);
    if (real_.tv_sec < 0) real_ = {};
    given_ = &real_;
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  operator const timespec*() const { return given_; }

 private:
  const timespec* given_;
  timespec real_{};
};

}  // namespace squall::preload
