// The holder of a System V semaphore is killed: without SEM_UNDO nobody gives back what it had taken.
#include "tests/peers/peer.h"
#include "tests/peers/put_away.h"

#include <atomic>

using namespace squall::peers;

namespace {

constexpr unsigned semaphore_is_made = 0, semaphore_is_held = 1;

void change(const Peer& peer, int semaphore, short by) {
  sembuf change{0, by, static_cast<short>(peer.fixed() ? SEM_UNDO : 0)};
  peer.must("semop", retried([&] { return semop(semaphore, &change, 1); }));
}

void take(Peer& peer, int semaphore) {
  Operation& acquiring = peer.worker.begin(Call::acquire, 0, 0);
  change(peer, semaphore, -1);
  peer.worker.finish(acquiring, Status::ok);
}

void give_back(Peer& peer, int semaphore) {
  Operation& releasing = peer.worker.begin(Call::release, 0, 0);
  change(peer, semaphore, 1);
  peer.worker.finish(releasing, Status::ok);
}

/// The scenario kills this process as it is about to give back.
void hold(Peer& peer, const std::atomic<int>& semaphore) {
  peer.worker.meet(semaphore_is_made, 2);
  take(peer, semaphore);
  peer.worker.meet(semaphore_is_held, 2);
  give_back(peer, semaphore);
}

void inherit(Peer& peer, std::atomic<int>& semaphore) {
  semaphore = peer.must("semget", semget(IPC_PRIVATE, 1, 0600));
  take_along(semaphore_to_remove, semaphore);
  peer.must("semctl", semctl(semaphore, 0, SETVAL, 1));
  peer.worker.meet(semaphore_is_made, 2);
  peer.worker.meet(semaphore_is_held, 2);
  take(peer, semaphore);
  give_back(peer, semaphore);
  semctl(semaphore, 0, IPC_RMID);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  auto& semaphore = peer.shared<std::atomic<int>>();
  peer.is("holder") ? hold(peer, semaphore) : inherit(peer, semaphore);
  return peer.done();
}
