// A wrapper around a robust mutex takes EOWNERDEAD for success and tells nobody: what the dead owner was
// changing is believed to be whole.
#include "tests/peers/robust_lock.h"

#include <cerrno>

using namespace squall::peers;

namespace {

enum class Taken { clean, from_the_dead, no };

Taken lock(pthread_mutex_t& mutex, bool fixed) {
  const int error = pthread_mutex_lock(&mutex);
  if (error == EOWNERDEAD) pthread_mutex_consistent(&mutex);
  if (error == EOWNERDEAD && fixed) return Taken::from_the_dead;
  return error == 0 || error == EOWNERDEAD ? Taken::clean : Taken::no;
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  auto& mutex = peer.shared<pthread_mutex_t>();
  if (peer.is("owner")) return own_until_death(peer, mutex), peer.done();
  peer.worker.meet(lock_is_made, 2);
  peer.force(lock_is_held, 2);
  Operation& acquiring = peer.worker.begin(Call::acquire, 0, 0);
  const Taken taken = lock(mutex, peer.fixed());
  acquiring.detail = taken == Taken::from_the_dead ? 1 : 0;
  peer.worker.finish(acquiring, taken == Taken::no ? Status::fail : Status::ok);
  release(peer, mutex);
  return peer.done();
}
