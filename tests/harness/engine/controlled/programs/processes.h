// What the programs of the corpus are made of: processes on shared memory.
//
// A program is a function; `fixed` asks for its twin without the bug. It fails by a status other than 0.
#pragma once

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <new>
#include <string_view>
#include <vector>

namespace programs {

using Program = int (*)(bool fixed, int size);

struct Entry {
  std::string_view name;
  Program run;
  int size = 0;
};

/// How many of so many processes of SCTBench's reorder and twostage read what the others write. How
/// twostage_50 divides them is not known to us.
constexpr int readers_among(int size) { return size == 20 || size == 50 ? 10 : 1; }

/// All of them; each file of this folder has a few.
extern const std::vector<Entry> races, locks, behaviours, edges, waits, faulty, files, memory, machine,
    signals;

/// A T in memory that processes forked from here share.
template <class T>
T& shared() {
  void* place = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) std::abort();
  return *new (place) T();
}

/// A mutex between processes.
class Mutex {
 public:
  explicit Mutex(bool robust = false) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (robust) pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex_, &attributes);
  }
  int lock() { return pthread_mutex_lock(&mutex_); }
  void unlock() { pthread_mutex_unlock(&mutex_); }
  void make_consistent() { pthread_mutex_consistent(&mutex_); }
  pthread_mutex_t* get() { return &mutex_; }

 private:
  pthread_mutex_t mutex_;
};

/// Runs it in a process of its own; false is its failure.
inline pid_t start(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  return child;
}

/// Waits for all children; whether every one of them succeeded.
inline bool all_succeed() {
  bool good = true;
  for (int status = 0; wait(&status) > 0;) good = good && status == 0;
  return good;
}

}  // namespace programs
