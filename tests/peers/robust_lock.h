// A robust mutex in a channel's shared memory, and an owner that dies with it.
#pragma once

#include "tests/peers/peer.h"

#include <pthread.h>

namespace squall::peers {

inline constexpr unsigned lock_is_made = 0, lock_is_held = 1;

inline void make_robust(pthread_mutex_t& mutex) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&mutex, &attributes);
}

/// The scenario kills this process at its release.
inline void own_until_death(Peer& peer, pthread_mutex_t& mutex) {
  make_robust(mutex);
  peer.worker.meet(lock_is_made, 2);
  Operation& acquiring = peer.worker.begin(Call::acquire, 0, 0);
  pthread_mutex_lock(&mutex);
  peer.worker.finish(acquiring, Status::ok);
  peer.force(lock_is_held, 2);
  peer.worker.begin(Call::release, 0, 0);
}

inline void release(Peer& peer, pthread_mutex_t& mutex) {
  Operation& releasing = peer.worker.begin(Call::release, 0, 0);
  const int error = pthread_mutex_unlock(&mutex);
  peer.worker.finish(releasing, error == 0 ? Status::ok : Status::fail, error);
}

}  // namespace squall::peers
