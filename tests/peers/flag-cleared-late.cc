// The main loop clears the handler's flag after the work instead of before it: a signal that comes during the
// work is forgotten.
#include "tests/peers/peer.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

using namespace squall::peers;

namespace {

constexpr unsigned listening = 0, at_work = 1, second_is_raised = 2, all_are_raised = 3;

volatile sig_atomic_t wanted = 0;

void deliver(Peer& peer) {
  Operation& delivering = peer.worker.begin(Call::deliver, 0, 0);
  delivering.detail = SIGUSR1;
  peer.worker.finish(delivering, Status::ok);
}

void work(Peer& peer) {
  peer.force(at_work, 2);
  peer.force(second_is_raised, 2);
  getppid();  // no return from the kernel leaves a signal pending
}

void serve(Peer& peer, std::atomic<pid_t>& server) {
  signal(SIGUSR1, [](int) { wanted = 1; });
  server = getpid();
  peer.worker.meet(listening, 2);
  while (wanted == 0) sched_yield();
  if (peer.fixed()) wanted = 0;
  deliver(peer);
  work(peer);
  if (!peer.fixed()) wanted = 0;
  peer.worker.meet(all_are_raised, 2);
  getppid();
  if (wanted != 0) deliver(peer);
  peer.ended(Call::deliver);
}

void raise_one(Peer& peer, pid_t server) {
  Operation& raising = peer.worker.begin(Call::raise, 0, 0);
  raising.detail = SIGUSR1;
  peer.must("kill", kill(server, SIGUSR1));
  peer.worker.finish(raising, Status::ok);
}

void raise_twice(Peer& peer, const std::atomic<pid_t>& server) {
  peer.worker.meet(listening, 2);
  raise_one(peer, server);
  peer.force(at_work, 2);
  raise_one(peer, server);
  peer.force(second_is_raised, 2);
  peer.worker.meet(all_are_raised, 2);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  auto& server = peer.shared<std::atomic<pid_t>>();
  peer.is("client") ? raise_twice(peer, server) : serve(peer, server);
  return peer.done();
}
