// A handler takes the logger's lock: a signal that comes while the main program has it waits for what it
// interrupted. The correct twin lets no signal in while it has the lock.
#include "tests/peers/peer.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <atomic>

using namespace squall::peers;

namespace {

constexpr unsigned listening = 0, lock_is_held = 1, is_raised = 2, server_number = 1;

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
volatile sig_atomic_t lines = 0;

void log_line() {
  pthread_mutex_lock(&lock);
  lines = lines + 1;
  pthread_mutex_unlock(&lock);
}

void let_signal_in(int how) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(how, &set, nullptr);
}

void serve(Peer& peer, const std::atomic<bool>& raised) {
  signal(SIGUSR1, [](int) { log_line(); });
  peer.worker.meet(listening, 2);
  if (peer.fixed()) let_signal_in(SIG_BLOCK);
  pthread_mutex_lock(&lock);
  peer.force(lock_is_held, 2);
  do sched_yield();
  while (peer.forces() && !raised);
  pthread_mutex_unlock(&lock);
  if (peer.fixed()) let_signal_in(SIG_UNBLOCK);
  peer.worker.meet(is_raised, 2);
}

void raise_meanwhile(Peer& peer, std::atomic<bool>& raised) {
  peer.worker.meet(listening, 2);
  peer.force(lock_is_held, 2);
  peer.must("kill", kill(peer.worker.pid_of(server_number), SIGUSR1));
  raised = true;
  peer.worker.meet(is_raised, 2);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  auto& raised = peer.shared<std::atomic<bool>>();
  peer.is("client") ? raise_meanwhile(peer, raised) : serve(peer, raised);
  return peer.done();
}
