// Two processes take two locks in opposite orders, and each waits for the one that the other has.
#include "tests/peers/peer.h"

#include <pthread.h>

#include <array>

using namespace squall::peers;

namespace {

constexpr unsigned are_made = 0, first_is_held = 1, other = 1;
using Locks = std::array<pthread_mutex_t, 2>;

void make(Locks& locks) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  for (pthread_mutex_t& lock : locks) pthread_mutex_init(&lock, &attributes);
}

void lock(Peer& peer, Locks& locks, unsigned number) {
  Operation& acquiring = peer.worker.begin(Call::acquire, number, 0);
  pthread_mutex_lock(&locks[number]);
  peer.worker.finish(acquiring, Status::ok);
}

void unlock(Peer& peer, Locks& locks, unsigned number) {
  Operation& releasing = peer.worker.begin(Call::release, number, 0);
  pthread_mutex_unlock(&locks[number]);
  peer.worker.finish(releasing, Status::ok);
}

/// The other process is let run between the two locks until it waits for one of them.
void book(Peer& peer, Locks& locks) {
  make(locks);
  peer.worker.meet(are_made, 2);
  lock(peer, locks, 0);
  peer.force(first_is_held, 2);
  peer.force_asleep(other);
  lock(peer, locks, 1);
  unlock(peer, locks, 1);
  unlock(peer, locks, 0);
}

void audit(Peer& peer, Locks& locks) {
  const unsigned first = peer.fixed() ? 0 : 1, second = 1 - first;
  peer.worker.meet(are_made, 2);
  peer.force(first_is_held, 2);
  lock(peer, locks, first);
  lock(peer, locks, second);
  unlock(peer, locks, second);
  unlock(peer, locks, first);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Locks& locks = peer.shared<Locks>();
  peer.is("booker") ? book(peer, locks) : audit(peer, locks);
  return peer.done();
}
