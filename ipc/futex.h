// Sleeping on a word of shared memory.
//
// A futex keeps no state in memory that a killed process could leave behind, which a condition variable does:
// glibc's counts its waiters, and once one of them has been SIGKILLed a later pthread_cond_signal waits for
// the dead man to leave, for ever (glibc 2.36, reproduced; bug 21422 is its kin). Every wait here is short,
// and its caller looks at the truth again afterwards, so a wake-up that dies with its sender costs one slice,
// never a hang. Async-signal-safe. Source: futex(2).
#pragma once

#include "ipc/clock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdint>

namespace squall::ipc {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
static_assert(std::atomic<std::uint32_t>::is_always_lock_free &&
              std::atomic<std::uint64_t>::is_always_lock_free);

/// The longest that anybody sleeps before looking whether its peers still live.
inline constexpr std::uint64_t wait_slice_ns = 50'000'000;

/// An event that processes wait for. All zero is its initial state.
class SharedEvent {
 public:
  /// Announces a waiter. What it waits for must be looked at after this and before sleep().
  std::uint32_t enter() {
    // Sequentially consistent, like the fence in signal(): either the signaller sees this waiter, or the
    // waiter's next look sees what the signaller has published.
    waiters_.fetch_add(1, std::memory_order_seq_cst);
    const std::uint32_t ticket = sequence_.load(std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return ticket;
  }

  /// Sleeps until a signal that came after enter(), one slice, the deadline or a signal handler.
  void sleep(std::uint32_t ticket, std::uint64_t deadline_ns) {
    const std::uint64_t now = now_ns();
    const std::uint64_t left_ns = deadline_ns > now ? deadline_ns - now : 0;
    const timespec slice{.tv_sec = 0, .tv_nsec = static_cast<long>(std::min(wait_slice_ns, left_ns))};
    ::syscall(SYS_futex, &sequence_, FUTEX_WAIT, ticket, &slice, nullptr, 0);
  }

  /// A hint only.
  bool awaited() const { return waiters_.load(std::memory_order_relaxed) != 0; }

  void leave() { waiters_.fetch_sub(1, std::memory_order_relaxed); }

  /// Wakes one waiter, or `count` of them. Costs no system call while nobody waits. A waiter that was killed
  /// stays counted: from then on each signal costs a call that wakes nobody.
  void signal(int count = 1) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (waiters_.load(std::memory_order_relaxed) == 0) return;
    sequence_.fetch_add(1, std::memory_order_seq_cst);
    ::syscall(SYS_futex, &sequence_, FUTEX_WAKE, count, nullptr, nullptr, 0);
  }

  void signal_all() { signal(INT_MAX); }

 private:
  std::atomic<std::uint32_t> sequence_{0};
  std::atomic<std::uint32_t> waiters_{0};
};

}  // namespace squall::ipc
