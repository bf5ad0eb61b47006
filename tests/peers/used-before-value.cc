// semget() makes a semaphore and SETVAL gives it its value: what was posted in between is forgotten
// (Stevens). The correct twin waits until sem_otime says that the maker has used it.
#include "tests/peers/peer.h"
#include "tests/peers/put_away.h"

#include <sched.h>

#include <atomic>

using namespace squall::peers;

namespace {

constexpr unsigned made = 0, looked_at = 1;

void change(const Peer& peer, int semaphore, short by) {
  sembuf change{0, by, 0};
  peer.must("semop", retried([&] { return semop(semaphore, &change, 1); }));
}

void make_and_wait(Peer& peer, std::atomic<int>& semaphore) {
  semaphore = peer.must("semget", semget(IPC_PRIVATE, 1, 0600));
  take_along(semaphore_to_remove, semaphore);
  peer.worker.meet(made, 2);
  peer.force(looked_at, 2);
  peer.must("semctl", semctl(semaphore, 0, SETVAL, 0));
  change(peer, semaphore, 0);
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  change(peer, semaphore, -1);
  receiving.value = Tag{1, 1, 8}.pack();
  peer.worker.finish(receiving, Status::ok);
  semctl(semaphore, 0, IPC_RMID);
}

bool is_initialised(const Peer& peer, int semaphore) {
  semid_ds status{};
  peer.must("semctl", semctl(semaphore, 0, IPC_STAT, &status));
  return status.sem_otime != 0;
}

void post(Peer& peer, const std::atomic<int>& semaphore) {
  peer.worker.meet(made, 2);
  const bool must_wait = peer.fixed() && !is_initialised(peer, semaphore);
  if (must_wait) peer.force(looked_at, 2);
  while (must_wait && !is_initialised(peer, semaphore)) sched_yield();
  Operation& sending = peer.worker.begin(Call::send, 0, peer.make(1, 8).pack(), 8);
  change(peer, semaphore, 1);
  peer.worker.finish(sending, Status::ok);
  if (!must_wait) peer.force(looked_at, 2);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  auto& semaphore = peer.shared<std::atomic<int>>();
  peer.is("maker") ? make_and_wait(peer, semaphore) : post(peer, semaphore);
  return peer.done();
}
