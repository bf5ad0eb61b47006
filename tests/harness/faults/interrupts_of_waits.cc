#include "tests/harness/child.h"
#include "tests/harness/faults/interrupt.h"

namespace squall::tests {
namespace {

using faults::Call;
using faults::Object;
using faults::When;

constexpr timespec long_while{60, 0};

/// The convention of clock_nanosleep turned into that of libc.
long failed_with(int number) {
  errno = number;
  return number == 0 ? 0 : -1;
}

/// A child of the child's that ends with it.
long wait_for_a_child(Call call) {
  const pid_t child = fork_child([] { return pause(); });
  siginfo_t info;
  switch (call) {
    case Call::wait:
      return wait(nullptr);
    case Call::waitpid:
      return waitpid(child, nullptr, 0);
    case Call::wait3:
      return wait3(nullptr, 0, nullptr);
    case Call::wait4:
      return wait4(child, nullptr, 0, nullptr);
    default:
      return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED);
  }
}

long wait_for_a_signal(Call call) {
  sigset_t nothing, other;
  sigemptyset(&nothing);
  sigemptyset(&other);
  sigaddset(&other, SIGUSR2);
  sigprocmask(SIG_BLOCK, &other, nullptr);
  if (call == Call::pause) return pause();
  if (call == Call::sigsuspend) return sigsuspend(&nothing);
  return call == Call::sigwaitinfo ? sigwaitinfo(&other, nullptr)
                                   : sigtimedwait(&other, nullptr, &long_while);
}

/// sleep() tells by its result that it was interrupted.
long sleep_for_long(Call call) {
  if (call == Call::nanosleep) return nanosleep(&long_while, nullptr);
  if (call == Call::clock_nanosleep)
    return failed_with(clock_nanosleep(CLOCK_MONOTONIC, 0, &long_while, nullptr));
  if (call == Call::usleep) return usleep(60'000'000);
  return failed_with(sleep(60) > 0 ? EINTR : 0);
}

}  // namespace

Provocations interrupts_of_waits() {
  using enum Call;
  Provocations all;
  const auto add = [&](std::initializer_list<Call> calls, When when, long (*act)(Call)) {
    for (Call call : calls)
      all.push_back(interrupt(call, Object::any, when, [=]() -> Act { return [=] { return act(call); }; }));
  };
  add({Call::wait, waitpid, wait3, wait4, waitid}, When::without_restart, wait_for_a_child);
  add({pause, sigsuspend, sigwaitinfo, sigtimedwait}, When::handler, wait_for_a_signal);
  add({nanosleep, clock_nanosleep, usleep, Call::sleep}, When::handler, sleep_for_long);
  return all;
}

}  // namespace squall::tests
