#include "harness/engine/controlled/clock.h"

#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/program_memory.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace squall::controlled {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

constexpr std::uint64_t in_ns(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * second_ns + static_cast<std::uint64_t>(time.tv_nsec);
}

std::optional<std::uint64_t> duration_at(const Task& task, Address at) {
  if (at == 0) return std::nullopt;
  const auto time = program_value<timespec>(task, at);
  if (!time || time->tv_sec < 0 || time->tv_nsec < 0 || time->tv_nsec >= 1'000'000'000) return std::nullopt;
  return in_ns(*time);
}

bool counts_real_time(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_REALTIME_ALARM ||
         clock == CLOCK_TAI;
}

enum class Counts : std::uint8_t { real_time, monotonic_time, work_of_process, work_of_task, nothing };

/// posix-timers.h: a clock of processor time has the inverted number of a task above three bits, of which one
/// tells a task from a process.
Counts counted_by(clockid_t clock) {
  constexpr clockid_t of_task = 4, kinds = 3, descriptor = 3;
  if (clock < 0) {
    const pid_t whose = ~(clock >> 3);
    if ((clock & kinds) == descriptor || (whose != 0 && getpgid(whose) < 0)) return Counts::nothing;
    return (clock & of_task) != 0 ? Counts::work_of_task : Counts::work_of_process;
  }
  switch (clock) {
    case CLOCK_PROCESS_CPUTIME_ID:
      return Counts::work_of_process;
    case CLOCK_THREAD_CPUTIME_ID:
      return Counts::work_of_task;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
      return Counts::monotonic_time;
    default:
      return counts_real_time(clock) ? Counts::real_time : Counts::nothing;
  }
}

/// Others fail.
bool may_sleep_by(clockid_t clock) {
  switch (clock) {
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_REALTIME_COARSE:
      return false;
    default:
      return counted_by(clock) != Counts::nothing && counted_by(clock) != Counts::work_of_task;
  }
}

bool is_sleep(long number) { return number == SYS_nanosleep || number == SYS_clock_nanosleep; }

/// With a bound of nothing they only look.
bool looks_by_no_time(long number) {
  switch (number) {
    case SYS_select:
    case SYS_pselect6:
    case SYS_ppoll:
    case SYS_epoll_pwait2:
    case SYS_rt_sigtimedwait:
      return true;
    default:
      return false;
  }
}

/// select() leaves no descriptor in its sets when its time is over.
void clear_sets(const Task& task) {
  const std::size_t bytes = (task.call.arguments[0] + 63) / 64 * 8;
  const std::vector<char> zeros(std::min<std::size_t>(bytes, 1 << 16));
  for (int set = 1; set <= 3; ++set)
    if (task.call.arguments[set] != 0)
      program_write(task, task.call.arguments[set], zeros.data(), zeros.size());
}

std::uint64_t answer_of_write(bool succeeded) {
  return succeeded ? 0 : static_cast<std::uint64_t>(std::int64_t{-EFAULT});
}

struct FutexWait {
  bool waits, absolute, real;
};
FutexWait futex_wait(std::uint64_t operation) {
  const bool real = (operation & FUTEX_CLOCK_REALTIME) != 0;
  switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
      return {true, false, false};
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_LOCK_PI2:
      return {true, true, real};
    case FUTEX_LOCK_PI:
      return {true, true, true};
    default:
      return {false, false, false};
  }
}

/// A connection goes on being made, unless it is one to a local socket with too many before it.
std::int64_t answer_of_late_connect(const Task& task) {
  const FileDescriptor socket = foreign::copy_of(task.process->pid, static_cast<int>(task.call.arguments[0]));
  return foreign::option_of(socket.get(), SO_DOMAIN) == AF_UNIX ? -EAGAIN : -EINPROGRESS;
}

std::int64_t answer_of_expired(const Task& task, std::int64_t result) {
  switch (call_of(task.call.number).waits) {
    case Waits::receiving:
      return -EAGAIN;
    case Waits::receiving_many:  // it looks at its own bound after each message, and not before the first
      return result == restart_always ? result : -EAGAIN;
    case Waits::sending:
      return task.call.number == SYS_connect ? answer_of_late_connect(task) : -EAGAIN;
    default:
      break;
  }
  switch (task.call.number) {
    case SYS_futex:
    case SYS_futex_waitv:
    case SYS_mq_timedsend:
    case SYS_mq_timedreceive:
      return -ETIMEDOUT;
    case SYS_rt_sigtimedwait:
    case SYS_semtimedop:
      return -EAGAIN;
    case SYS_select:
    case SYS_pselect6:
      clear_sets(task);
      return 0;
    default:
      return 0;
  }
}

/// With a bound most of these calls are not restarted after a handler, but are when there was none.
std::int64_t answer_of_interrupted(const Task& task, std::int64_t result) {
  switch (task.call.number) {
    case SYS_futex_waitv:
    case SYS_mq_timedsend:
    case SYS_mq_timedreceive:
      return result;
    default:
      return result == restart_always || result == restart_by_block ? restart_without_handler : result;
  }
}

void tell_duration(const Task& task, unsigned argument, std::uint64_t duration_ns, std::uint64_t unit_ns) {
  const Address at = task.call.arguments[argument];
  const std::array<std::uint64_t, 2> parts{duration_ns / second_ns, duration_ns % second_ns / unit_ns};
  if (at != 0) program_write(task, at, parts.data(), sizeof parts);
}

/// A sleep tells it when it was interrupted, those that wait for descriptors always.
void tell_rest(const Task& task, std::int64_t result, std::uint64_t left_ns) {
  switch (task.call.number) {
    case SYS_select:
      return tell_duration(task, 4, left_ns, 1'000);
    case SYS_pselect6:
      return tell_duration(task, 4, left_ns, 1);
    case SYS_ppoll:
      return tell_duration(task, 2, left_ns, 1);
    case SYS_nanosleep:
      if (result < 0) tell_duration(task, 1, left_ns, 1);
      return;
    case SYS_clock_nanosleep:
      if (result < 0 && (task.call.arguments[1] & TIMER_ABSTIME) == 0) tell_duration(task, 3, left_ns, 1);
      return;
    default:
      return;
  }
}

}  // namespace

std::optional<std::uint64_t> Clock::deadline_of(const Task& task) const {
  const Call& call = call_of(task.call.number);
  const std::uint64_t argument = task.call.arguments[call.waits_argument];
  const auto until = [&](bool absolute, bool real) -> std::optional<std::uint64_t> {
    const auto time = duration_at(task, argument);
    if (!time) return std::nullopt;
    if (!absolute && *time == 0 && looks_by_no_time(call.number)) return std::nullopt;
    if (!absolute) return now_ns_ + *time;
    return real ? *time - std::min(*time, real_minus_monotonic_ns) : *time;
  };
  switch (call.waits) {
    case Waits::never:
      return std::nullopt;
    case Waits::timespec_relative:
      return until(false, false);
    case Waits::timespec_real:
      return until(true, true);
    case Waits::milliseconds: {
      const int bound_ms = static_cast<int>(argument);
      if (bound_ms <= 0) return std::nullopt;
      return now_ns_ + static_cast<std::uint64_t>(bound_ms) * 1'000'000;
    }
    case Waits::timeval: {
      if (argument == 0) return std::nullopt;
      const auto time = program_value<timeval>(task, argument);
      if (!time || (time->tv_sec == 0 && time->tv_usec == 0)) return std::nullopt;
      return now_ns_ + static_cast<std::uint64_t>(time->tv_sec) * second_ns +
             static_cast<std::uint64_t>(time->tv_usec) * 1'000;
    }
    case Waits::timespec_by_clock:
      return until(true,
                   counts_real_time(static_cast<clockid_t>(task.call.arguments[call.waits_argument + 1])));
    case Waits::receiving_many:
      return until(false, false);
    case Waits::receiving:
    case Waits::sending:
      return std::nullopt;
    case Waits::by_futex_operation: {
      const FutexWait wait = futex_wait(task.call.arguments[1]);
      return wait.waits ? until(wait.absolute, wait.real) : std::nullopt;
    }
    case Waits::by_clock_flags:
      if (!may_sleep_by(static_cast<clockid_t>(task.call.arguments[0]))) return std::nullopt;
      return until((task.call.arguments[1] & TIMER_ABSTIME) != 0,
                   counts_real_time(static_cast<clockid_t>(task.call.arguments[0])));
  }
  return std::nullopt;
}

void Clock::remove_bound(const Task& task, Registers& registers) {
  const Call& call = call_of(task.call.number);
  if (is_sleep(task.call.number)) {
    registers.orig_rax = SYS_pause;
    return;
  }
  const std::uint64_t endless = call.waits == Waits::milliseconds ? ~std::uint64_t{0} : 0;
  switch (call.waits_argument) {
    case 2:
      registers.rdx = endless;
      break;
    case 3:
      registers.r10 = endless;
      break;
    case 4:
      registers.r8 = endless;
      break;
    default:
      break;
  }
}

std::int64_t Clock::result_with_bound(const Task& task, std::int64_t result) const {
  const std::uint64_t left_ns = *task.deadline_ns - std::min(*task.deadline_ns, now_ns_);
  if (result < 0) {
    const bool is_over = task.expired || (is_sleep(task.call.number) && left_ns == 0);
    result = is_over ? answer_of_expired(task, result) : answer_of_interrupted(task, result);
  }
  if (!task.woke_in_vain) tell_rest(task, result, left_ns);
  return result;
}

std::optional<std::uint64_t> Clock::time_by(clockid_t clock, const Task& task) const {
  switch (counted_by(clock)) {
    case Counts::real_time:
      return now_ns_ + real_minus_monotonic_ns;
    case Counts::monotonic_time:
      return now_ns_;
    case Counts::work_of_process:
      return task.process->worked_ns;
    case Counts::work_of_task:
      return task.worked_ns;
    case Counts::nothing:
      break;
  }
  return std::nullopt;
}

bool Clock::answer(const Task& task, Registers& registers) {
  const auto& arguments = task.call.arguments;
  const auto tell = [&](std::uint64_t time, Address at, std::uint64_t unit_ns) {
    const std::array<std::uint64_t, 2> parts{time / second_ns, time % second_ns / unit_ns};
    return answer_of_write(program_write(task, at, parts.data(), sizeof parts) == sizeof parts);
  };
  switch (task.call.number) {
    case SYS_clock_gettime:
      if (const auto time = time_by(static_cast<clockid_t>(arguments[0]), task))
        registers.rax = tell(*time, arguments[1], 1);
      else
        registers.rax = static_cast<std::uint64_t>(std::int64_t{-EINVAL});
      break;
    case SYS_gettimeofday:
      registers.rax = arguments[0] == 0 ? 0 : tell(now_ns_ + real_minus_monotonic_ns, arguments[0], 1'000);
      break;
    case SYS_time: {
      const std::uint64_t seconds = (now_ns_ + real_minus_monotonic_ns) / second_ns;
      const bool told =
          arguments[0] == 0 || program_write(task, arguments[0], &seconds, sizeof seconds) == sizeof seconds;
      registers.rax = told ? seconds : answer_of_write(false);
      break;
    }
    default:
      return false;
  }
  registers.orig_rax = ~0ULL;
  pass();
  return true;
}

}  // namespace squall::controlled
