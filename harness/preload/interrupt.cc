// Async-signal-safe: raw system calls alone.
#include "harness/preload/interrupt.h"

#include "harness/preload/crashes.h"
#include "harness/preload/state.h"

namespace squall::preload {
namespace {

// The first one is to find the thread asleep already; those that follow are for a thread that was late.
constexpr long first_ns = 20'000;
constexpr long interval_ns = 200'000;

/// The kernel's idea of a disposition.
struct KernelAction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  std::uint64_t mask;
};

constexpr std::size_t kernel_mask_bytes = 8;

std::uint64_t bit_of(int signal) { return std::uint64_t{1} << (signal - 1); }

/// Its destructor drops the timer of a thread that ends, however it does.
constinit pthread_key_t ending = 0;
constinit bool has_ending = false;

bool make_timer(int signal) {
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &thread.timer) != 0) return false;
  thread.has_timer = true;
  thread.timer_signal = signal;
  if (has_ending) pthread_setspecific(ending, &thread);
  return true;
}

bool set_timer(long value_ns, long then_ns) {
  const itimerspec time{{0, then_ns}, {0, value_ns}};
  return syscall(SYS_timer_settime, thread.timer, 0, &time, nullptr) == 0;
}

}  // namespace

/// So early that the key is among the first 32, for which pthread_setspecific() wants no memory.
void prepare_timers() {
  has_ending = pthread_key_create(&ending, [](void*) { drop_timer(); }) == 0;
}

bool is_handled(int signal, const sigset_t* mask) {
  if (signal < 1 || signal >= static_cast<int>(faults::max_signals)) return false;
  KernelAction action{};
  if (syscall(SYS_rt_sigaction, signal, nullptr, &action, kernel_mask_bytes) != 0) return false;
  if (action.handler == SIG_DFL || action.handler == SIG_IGN || is_witness(action.handler)) return false;
  std::uint64_t blocked = 0;
  if (mask != nullptr)
    memcpy(&blocked, mask, sizeof blocked);
  else
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, nullptr, &blocked, kernel_mask_bytes);
  return (blocked & bit_of(signal)) == 0;
}

bool arm_timer(int signal) {
  if (thread.has_timer && thread.timer_signal != signal) drop_timer();
  if (!thread.has_timer && !make_timer(signal)) return false;
  thread.is_interrupting = true;
  return set_timer(first_ns, interval_ns);
}

void disarm_timer() {
  if (!thread.is_interrupting) return;
  thread.is_interrupting = false;
  set_timer(0, 0);
}

void drop_timer() {
  if (thread.has_timer) syscall(SYS_timer_delete, thread.timer);
  thread.has_timer = false;
  thread.is_interrupting = false;
}

}  // namespace squall::preload
