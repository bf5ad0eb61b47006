#include "harness/engine/live/actors.h"

#include "harness/history/recorder.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

namespace squall::live {

bool reap(Actor& actor) {
  if (actor.over) return true;
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(actor.pid), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
    return false;
  actor.over = true;
  actor.exit.kind = info.si_code == CLD_EXITED ? history::Exit::Kind::exited : history::Exit::Kind::signaled;
  actor.exit.value = info.si_status;
  actor.process.reset();
  return true;
}

bool reap_by(Actor& actor, std::uint64_t deadline_ns) {
  while (!reap(actor)) {
    const std::uint64_t now = history::now_ns();
    if (now >= deadline_ns) return false;
    pollfd event{actor.process.get(), POLLIN, 0};
    poll(&event, 1, static_cast<int>((deadline_ns - now) / 1'000'000 + 1));
  }
  return true;
}

void stop_by(Actor& actor, std::uint64_t deadline_ns) {
  kill(actor.pid, SIGSTOP);
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(actor.pid), &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0 && history::now_ns() < deadline_ns) {
    const timespec moment{0, 50'000};
    nanosleep(&moment, nullptr);
  }
}

void permit(Actor& actor, worker::Stage stage) {
  actor.slot->permit.store(static_cast<std::uint32_t>(stage), std::memory_order_release);
  worker::futex_wake(actor.slot->permit);
}

}  // namespace squall::live
