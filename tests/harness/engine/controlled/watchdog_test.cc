// Who spins is told by the processor time that it burns, and not by how long it takes.
#include "harness/engine/controlled/watchdog.h"

#include "tests/catch.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>

using namespace squall::controlled;

namespace {

constexpr unsigned spin_ms = 20;

/// A process that works as fast as it can, or is stopped.
class Worker {
 public:
  Worker() : pid_(fork()) {
    if (pid_ == 0)
      for (volatile bool on = true; on;) {
      }
  }
  ~Worker() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Worker(const Worker&) = delete;

  pid_t pid() const { return pid_; }
  void stop() const {
    kill(pid_, SIGSTOP);
    waitpid(pid_, nullptr, WUNTRACED);
  }
  void wait_until_it_has_burnt(unsigned ms) const {
    clockid_t clock = 0;
    timespec time{};
    REQUIRE(clock_getcpuclockid(pid_, &clock) == 0);
    do clock_gettime(clock, &time);
    while (time.tv_sec * 1000 + time.tv_nsec / 1'000'000 < ms);
  }

 private:
  pid_t pid_;
};

}  // namespace

TEST_CASE("the watchdog barks at whoever burns its time, and not at whoever has no chance to") {
  const Worker stopped, other;
  stopped.stop();
  Watchdog patient(spin_ms, false);
  patient.watch(stopped.pid(), stopped.pid());
  other.wait_until_it_has_burnt(5 * spin_ms);
  CHECK_FALSE(patient.barked());
  CHECK_FALSE(patient.has_lowered());

  const Worker spinning;
  Watchdog strict(spin_ms, false);
  strict.watch(spinning.pid(), spinning.pid());
  spinning.wait_until_it_has_burnt(5 * spin_ms);
  CHECK(strict.barked());
}
