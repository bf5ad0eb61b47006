// The heir of a robust mutex unlocks it without pthread_mutex_consistent(): nobody can ever lock it again
// (iceoryx #2193).
#include "tests/peers/robust_lock.h"

#include <cerrno>

using namespace squall::peers;

namespace {

bool acquire(Peer& peer, pthread_mutex_t& mutex) {
  Operation& acquiring = peer.worker.begin(Call::acquire, 0, 0);
  const int error = pthread_mutex_lock(&mutex);
  acquiring.detail = error == EOWNERDEAD ? 1 : 0;
  if (error == EOWNERDEAD && peer.fixed()) pthread_mutex_consistent(&mutex);
  const bool taken = error == 0 || error == EOWNERDEAD;
  peer.worker.finish(acquiring, taken ? Status::ok : Status::fail, taken ? 0 : error);
  return taken;
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  auto& mutex = peer.shared<pthread_mutex_t>();
  if (peer.is("owner")) return own_until_death(peer, mutex), peer.done();
  peer.worker.meet(lock_is_made, 2);
  peer.force(lock_is_held, 2);
  for (int i = 0; i < 2; ++i)
    if (acquire(peer, mutex)) release(peer, mutex);
  return peer.done();
}
