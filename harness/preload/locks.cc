// Semaphores, mutexes and condition variables. Async-signal-safe.
//
// Two looks into glibc's own structures, where it has no other: whether a mutex is held, and on which clock a
// condition variable waits (nptl/pthread_cond_common.c, condvar_clock).
#include "harness/preload/attempt.h"
#include "harness/preload/channels.h"
#include "harness/preload/clocks.h"
#include "harness/preload/waiting.h"

namespace squall::preload {
namespace {

bool is_taken(sem_t* semaphore) {
  int value = 0;
  return real::sem_getvalue(semaphore, &value) == 0 && value == 0;
}

bool is_held(const pthread_mutex_t* mutex) {
  return __atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED) != 0;
}

bool waits_on_wall_clock(const pthread_cond_t* condition) {
  constexpr unsigned monotonic = 2;
  return (__atomic_load_n(&condition->__data.__wrefs, __ATOMIC_RELAXED) & monotonic) == 0;
}

/// glibc maps it inside itself: from here on its address is known.
sem_t* known_semaphore(sem_t* semaphore, const char* name) {
  if (semaphore != SEM_FAILED && library.rules != nullptr)
    remember_region(semaphore, sizeof *semaphore, channel_of(at_name(name).subject()));
  return semaphore;
}

constexpr auto always = [] { return true; };

/// A wait that asks for no wake-up at all ends as a spurious one does: others have had the mutex.
struct Waiting {
  const pthread_cond_t* condition;
  std::size_t size = 1;  ///< wake-ups
  Subject subject() const {
    Subject subject = in_memory(condition).subject();
    subject.size = size;
    return subject;
  }
};

int wake_spuriously(pthread_mutex_t* mutex) {
  const int error = real::pthread_mutex_unlock(mutex);
  if (error != 0) return error;
  syscall(SYS_sched_yield);
  return real::pthread_mutex_lock(mutex);
}

}  // namespace

SQUALL_EXPORT int semget(key_t key, int count, int flags) {
  return around<Call::semget>(with_key(key, flags), [=] { return real::semget(key, count, flags); });
}

SQUALL_EXPORT int semop(int set, sembuf* operations, size_t count) {
  return around<Call::semop>(
      Identified{Subject::Kind::semaphore_id, set}, [=] { return real::semop(set, operations, count); },
      [=] { return semaphores_would_wait(set, operations, count); });
}

SQUALL_EXPORT int semtimedop(int set, sembuf* operations, size_t count, const timespec* timeout) {
  return around<Call::semtimedop>(
      Identified{Subject::Kind::semaphore_id, set},
      [=] { return real::semtimedop(set, operations, count, timeout); },
      [=] { return semaphores_would_wait(set, operations, count); });
}

SQUALL_EXPORT int semctl(int set, int number, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* argument = va_arg(rest, void*);  // union semun: a number or a pointer in the same place
  va_end(rest);
  return around<Call::semctl>(Identified{Subject::Kind::semaphore_id, set},
                              [=] { return real::semctl(set, number, command, argument); });
}

SQUALL_EXPORT sem_t* sem_open(const char* name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const bool creates = (flags & O_CREAT) != 0;
  const mode_t mode = creates ? va_arg(rest, mode_t) : 0;
  const unsigned value = creates ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return around<Call::sem_open, Fails::with_null>(
      at_name(name, flags), [=] { return known_semaphore(real::sem_open(name, flags, mode, value), name); });
}

SQUALL_EXPORT int sem_wait(sem_t* semaphore) {
  return around<Call::sem_wait>(
      in_memory(semaphore), [=] { return real::sem_wait(semaphore); }, [=] { return is_taken(semaphore); });
}

SQUALL_EXPORT int sem_timedwait(sem_t* semaphore, const timespec* end) {
  return around<Call::sem_timedwait>(
      in_memory(semaphore), [=] { return real::sem_timedwait(semaphore, Deadline(end, true)); },
      [=] { return is_taken(semaphore); });
}

SQUALL_EXPORT int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* end) {
  return around<Call::sem_clockwait>(
      in_memory(semaphore),
      [=] { return real::sem_clockwait(semaphore, clock, Deadline(end, clock == CLOCK_REALTIME)); },
      [=] { return is_taken(semaphore); });
}

SQUALL_EXPORT int sem_trywait(sem_t* semaphore) {
  return around<Call::sem_trywait>(in_memory(semaphore), [=] { return real::sem_trywait(semaphore); });
}

SQUALL_EXPORT int sem_post(sem_t* semaphore) {
  return around<Call::sem_post>(in_memory(semaphore), [=] { return real::sem_post(semaphore); });
}

SQUALL_EXPORT int pthread_mutex_lock(pthread_mutex_t* mutex) {
  return around<Call::pthread_mutex_lock, Fails::with_number>(
      in_memory(mutex), [=] { return real::pthread_mutex_lock(mutex); }, [=] { return is_held(mutex); });
}

SQUALL_EXPORT int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* end) {
  return around<Call::pthread_mutex_timedlock, Fails::with_number>(
      in_memory(mutex), [=] { return real::pthread_mutex_timedlock(mutex, Deadline(end, true)); },
      [=] { return is_held(mutex); });
}

SQUALL_EXPORT int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* end) {
  return around<Call::pthread_mutex_timedlock, Fails::with_number>(
      in_memory(mutex),
      [=] { return real::pthread_mutex_clocklock(mutex, clock, Deadline(end, clock == CLOCK_REALTIME)); },
      [=] { return is_held(mutex); });
}

SQUALL_EXPORT int pthread_mutex_trylock(pthread_mutex_t* mutex) {
  return around<Call::pthread_mutex_trylock, Fails::with_number>(
      in_memory(mutex), [=] { return real::pthread_mutex_trylock(mutex); });
}

SQUALL_EXPORT int pthread_mutex_unlock(pthread_mutex_t* mutex) {
  return around<Call::pthread_mutex_unlock, Fails::with_number>(
      in_memory(mutex), [=] { return real::pthread_mutex_unlock(mutex); });
}

SQUALL_EXPORT int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  return around<Call::pthread_cond_wait, Fails::with_number>(
      Waiting{condition},
      [=](std::size_t wake_ups) {
        return wake_ups == 0 ? wake_spuriously(mutex) : real::pthread_cond_wait(condition, mutex);
      },
      always);
}

SQUALL_EXPORT int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                         const timespec* end) {
  return around<Call::pthread_cond_timedwait, Fails::with_number>(
      Waiting{condition},
      [=](std::size_t wake_ups) {
        if (wake_ups == 0) return wake_spuriously(mutex);
        const Deadline deadline(end, waits_on_wall_clock(condition));
        return real::pthread_cond_timedwait(condition, mutex, deadline);
      },
      always);
}

SQUALL_EXPORT int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                         const timespec* end) {
  return around<Call::pthread_cond_timedwait, Fails::with_number>(
      Waiting{condition},
      [=](std::size_t wake_ups) {
        if (wake_ups == 0) return wake_spuriously(mutex);
        const Deadline deadline(end, clock == CLOCK_REALTIME);
        return real::pthread_cond_clockwait(condition, mutex, clock, deadline);
      },
      always);
}

SQUALL_EXPORT int pthread_cond_signal(pthread_cond_t* condition) {
  return around<Call::pthread_cond_signal, Fails::with_number>(
      in_memory(condition), [=] { return real::pthread_cond_signal(condition); });
}

SQUALL_EXPORT int pthread_cond_broadcast(pthread_cond_t* condition) {
  return around<Call::pthread_cond_broadcast, Fails::with_number>(
      in_memory(condition), [=] { return real::pthread_cond_broadcast(condition); });
}

}  // namespace squall::preload
