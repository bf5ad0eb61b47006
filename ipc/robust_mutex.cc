#include "ipc/robust_mutex.h"

namespace squall::ipc {

Result<void> RobustMutex::initialise() {
  pthread_mutexattr_t attributes;
  ::pthread_mutexattr_init(&attributes);
  ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  const int error = ::pthread_mutex_init(&mutex_, &attributes);
  ::pthread_mutexattr_destroy(&attributes);
  if (error != 0) return failure(error, "pthread_mutex_init");
  return {};
}

Result<bool> RobustMutex::lock() {
  const int error = ::pthread_mutex_lock(&mutex_);
  if (error == 0) return false;
  if (error != EOWNERDEAD) return failure(error, "pthread_mutex_lock");
  repaired();
  return true;
}

RobustMutex::Attempt RobustMutex::try_lock() {
  const int error = ::pthread_mutex_trylock(&mutex_);
  if (error == 0) return Attempt::taken;
  return error == EOWNERDEAD ? Attempt::inherited : Attempt::busy;
}

Result<void> RobustMutex::unlock() {
  const int error = ::pthread_mutex_unlock(&mutex_);
  if (error != 0) return failure(error, "pthread_mutex_unlock");
  return {};
}

}  // namespace squall::ipc
