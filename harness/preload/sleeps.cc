// Sleeping, and waiting for signals. Async-signal-safe.
#include "harness/preload/attempt.h"
#include "harness/preload/clocks.h"
#include "harness/preload/waiting.h"

namespace squall::preload {
namespace {

constexpr auto always = [] { return true; };

bool lasts(const timespec* time) { return time != nullptr && (time->tv_sec > 0 || time->tv_nsec > 0); }

/// What is left is told only of a sleep for some time.
int sleep_until(clockid_t clock, int flags, const timespec* time, timespec* left) {
  const bool of_wall_clock = clock == CLOCK_REALTIME && (flags & TIMER_ABSTIME) != 0;
  return real::clock_nanosleep(clock, flags, Deadline(time, of_wall_clock), left);
}

/// A sleep that fails has not slept at all.
[[gnu::always_inline]] inline unsigned sleep_for(unsigned seconds) {
  const int result = around<Call::sleep>(
      Nothing{}, [=] { return static_cast<int>(real::sleep(seconds)); }, [=] { return seconds != 0; });
  return result == -1 ? seconds : static_cast<unsigned>(result);
}

}  // namespace

SQUALL_EXPORT int nanosleep(const timespec* time, timespec* left) {
  return around<Call::nanosleep>(
      Nothing{}, [=] { return real::nanosleep(time, left); }, [=] { return lasts(time); });
}

SQUALL_EXPORT int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  return around<Call::clock_nanosleep, Fails::with_number>(
      Nothing{}, [=] { return sleep_until(clock, flags, time, left); }, [=] { return lasts(time); });
}

SQUALL_EXPORT int usleep(useconds_t time_us) {
  return around<Call::usleep>(
      Nothing{}, [=] { return real::usleep(time_us); }, [=] { return time_us != 0; });
}

SQUALL_EXPORT unsigned sleep(unsigned seconds) { return sleep_for(seconds); }

SQUALL_EXPORT int pause() {
  return around<Call::pause>(
      Nothing{}, [] { return real::pause(); }, always);
}

SQUALL_EXPORT int sigsuspend(const sigset_t* mask) {
  return around<Call::sigsuspend>(
      Nothing{mask}, [=] { return real::sigsuspend(mask); }, always);
}

SQUALL_EXPORT int sigwait(const sigset_t* signals, int* signal) {
  return around<Call::sigwait, Fails::with_number>(
      Nothing{}, [=] { return real::sigwait(signals, signal); }, [=] { return signal_would_wait(signals); });
}

SQUALL_EXPORT int sigwaitinfo(const sigset_t* signals, siginfo_t* info) {
  return around<Call::sigwaitinfo>(
      Nothing{}, [=] { return real::sigwaitinfo(signals, info); },
      [=] { return signal_would_wait(signals); });
}

SQUALL_EXPORT int sigtimedwait(const sigset_t* signals, siginfo_t* info, const timespec* timeout) {
  return around<Call::sigtimedwait>(
      Nothing{}, [=] { return real::sigtimedwait(signals, info, timeout); },
      [=] { return (timeout == nullptr || lasts(timeout)) && signal_would_wait(signals); });
}

}  // namespace squall::preload
