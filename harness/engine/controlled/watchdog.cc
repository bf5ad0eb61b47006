#include "harness/engine/controlled/watchdog.h"

#include "harness/engine/controlled/launch.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <utility>

namespace squall::controlled {
namespace {

constexpr unsigned looks = 8;  ///< in the time a task may spin
constexpr int wake_signal = SIGUSR2;

void do_nothing(int) {}

/// Processor time of a process; 0: it is gone.
std::uint64_t burnt_by(int process) {
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

Watchdog::Watchdog(unsigned spin_ms, bool ordered)
    : spin_ms_(spin_ms), ordered_(ordered), tracer_(static_cast<int>(syscall(SYS_gettid))) {
  struct sigaction wake {};
  wake.sa_handler = do_nothing;  // without SA_RESTART: it ends a wait
  sigaction(wake_signal, &wake, nullptr);
  thread_ = std::thread([this] { guard(); });
  const sched_param first{watchdog_priority};  // at the tracer's own priority it might never begin
  if (ordered_) pthread_setschedparam(thread_.native_handle(), SCHED_FIFO, &first);
}

Watchdog::~Watchdog() {
  over_ = true;
  pthread_kill(thread_.native_handle(), wake_signal);
  thread_.join();
}

void Watchdog::bark(int tid) {
  barked_ = true;
  has_lowered_ = ordered_;
  const sched_param plain{0};
  if (ordered_) sched_setscheduler(tid, SCHED_OTHER, &plain);
  syscall(SYS_tgkill, getpid(), tracer_, wake_signal);
}

/// By its processor time: who is kept from the processor does not spin.
void Watchdog::guard() {
  const long nap_ns = static_cast<long>(spin_ms_) * 1'000'000 / looks;
  const timespec nap{nap_ns / 1'000'000'000, nap_ns % 1'000'000'000};
  std::uint64_t seen = 0, since_ns = 0;
  while (!over_) {
    nanosleep(&nap, nullptr);
    const std::uint64_t steps = steps_.load(std::memory_order_relaxed);
    const Watched watched = watched_.load(std::memory_order_relaxed);
    if (watched.tid == 0) continue;
    const std::uint64_t burnt_ns = burnt_by(watched.process);
    const bool is_same = steps == std::exchange(seen, steps);
    const bool spins = is_same && burnt_ns >= since_ns + std::uint64_t{spin_ms_} * 1'000'000;
    if (spins) bark(watched.tid);
    if (spins || !is_same) since_ns = burnt_ns;
  }
}

}  // namespace squall::controlled
