// A main loop tests its handler's flag and then sleeps: a signal between the two is slept through (postgres
// 81069a9e, make SV 46261).
#include "tests/peers/peer.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

using namespace squall::peers;

namespace {

constexpr unsigned listening = 0, tested = 1, raised = 2;

volatile sig_atomic_t wanted = 0;

/// Where the schedules are searched, a moment is where there is a call.
void between_test_and_sleep(Peer& peer) {
  peer.force(tested, 2);
  peer.force(raised, 2);
  sched_yield();
}

void sleep_until_wanted(Peer& peer) {
  while (wanted == 0) {
    between_test_and_sleep(peer);
    pause();
  }
}

/// The signal is let in only by the call that sleeps.
void sleep_until_wanted_without_a_gap(Peer& peer) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  while (wanted == 0) {
    between_test_and_sleep(peer);
    sigsuspend(&before);
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

void serve(Peer& peer) {
  signal(SIGUSR1, [](int) { wanted = 1; });
  peer.worker.meet(listening, 2);
  Operation& delivering = peer.worker.begin(Call::deliver, 0, 0);
  peer.fixed() ? sleep_until_wanted_without_a_gap(peer) : sleep_until_wanted(peer);
  delivering.detail = SIGUSR1;
  peer.worker.finish(delivering, Status::ok);
}

void raise_once(Peer& peer) {
  peer.worker.meet(listening, 2);
  peer.force(tested, 2);
  Operation& raising = peer.worker.begin(Call::raise, 0, 0);
  raising.detail = SIGUSR1;
  peer.must("kill", kill(peer.worker.pid_of(1), SIGUSR1));
  peer.worker.finish(raising, Status::ok);
  peer.force(raised, 2);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  peer.is("client") ? raise_once(peer) : serve(peer);
  return peer.done();
}
