// Ports of SCTBench's data races (Thomson, Donaldson, Betts 2014), after their published descriptions, from
// threads to processes; and some of our own.
#include "tests/harness/engine/controlled/programs/processes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <atomic>

namespace programs {
namespace {

int lost_update(bool fixed, int) {
  auto& counter = shared<std::atomic<int>>();
  for (int i = 0; i < 2; ++i)
    start([&] {
      if (fixed)
        ++counter;
      else
        counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      return true;
    });
  return all_succeed() && counter == 2 ? 0 : 1;
}

/// What g++ makes of x++ is one instruction, and yet two events.
int lost_increment(bool fixed, int) {
  auto& counter = shared<int>();
  const auto increment = [&] {
    if (fixed)
      asm volatile("lock addl $1, %0" : "+m"(counter));
    else
      asm volatile("addl $1, %0" : "+m"(counter));
    return true;
  };
  for (int i = 0; i < 2; ++i) start(increment);
  return all_succeed() && counter == 2 ? 0 : 1;
}

struct Pair {
  volatile int a = 0, b = 0;
  Mutex mutex;
};

/// Runs it under the mutex of the twin only.
template <class Shared, class Body>
bool guarded(bool fixed, Shared& with, Body body) {
  if (fixed) with.mutex.lock();
  const bool good = body();
  if (fixed) with.mutex.unlock();
  return good;
}

bool set(Pair& pair, int a, int b) {
  pair.a = a;
  pair.b = b;
  return true;
}

int two_stores(bool fixed, int) {
  auto& pair = shared<Pair>();
  start([&] { return guarded(fixed, pair, [&] { return set(pair, 1, 1); }); });
  const bool same = guarded(fixed, pair, [&] { return pair.a == pair.b; });
  return all_succeed() && same ? 0 : 1;
}

int reorder(bool fixed, int size) {
  auto& pair = shared<Pair>();
  const int checkers = readers_among(size);
  for (int i = checkers; i < size; ++i)
    start([&] { return guarded(fixed, pair, [&] { return set(pair, 1, -1); }); });
  for (int i = 0; i < checkers; ++i)
    start([&] {
      return guarded(fixed, pair, [&] {
        const int a = pair.a, b = pair.b;
        return (a == 0 && b == 0) || (a == 1 && b == -1);
      });
    });
  return all_succeed() ? 0 : 1;
}

int wronglock(bool fixed, int size) {
  struct Shared {
    Mutex one, other;
    volatile int value = 0;
  };
  auto& all = shared<Shared>();
  const auto add = [&](Mutex& mutex) {
    mutex.lock();
    const int value = all.value;
    all.value = value + 1;
    mutex.unlock();
    return true;
  };
  for (int i = 0; i < size; ++i) start([&, i] { return add(i == 0 && !fixed ? all.other : all.one); });
  return all_succeed() && all.value == size ? 0 : 1;
}

/// Each member copies its neighbour's token; only one order makes them equal.
int token_ring(bool fixed, int) {
  struct Shared {
    volatile int token[4] = {};
    std::atomic<int> turn{0};
  };
  auto& ring = shared<Shared>();
  for (int member = 0; member < 4; ++member)
    start([&, member] {
      while (fixed && ring.turn != member) sched_yield();
      ring.token[member] = member == 0 ? (ring.token[3] + 1) % 4 : ring.token[member - 1];
      ++ring.turn;
      return true;
    });
  const bool good = all_succeed();
  return good && ring.token[0] == ring.token[3] ? 0 : 1;
}

/// A driver that is stopped while a request comes in (KISS, Qadeer and Wu 2004).
int bluetooth(bool fixed, int) {
  struct Driver {
    std::atomic<int> pending{1};
    std::atomic<bool> stopping{false}, idle{false}, stopped{false};
  };
  auto& driver = shared<Driver>();
  const auto leave = [&] {
    if (--driver.pending == 0) driver.idle = true;
  };
  start([&] {
    if (fixed) ++driver.pending;
    const bool refused = driver.stopping;
    if (!fixed && !refused) ++driver.pending;
    const bool good = refused || !driver.stopped;
    if (fixed || !refused) leave();
    return good;
  });
  driver.stopping = true;
  leave();
  if (driver.idle) driver.stopped = true;
  return all_succeed() ? 0 : 1;
}

/// Two push a counter up in turns; whoever comes out of turn throws it back to the ground. The top is reached
/// in one order of many.
int ladder(bool fixed, int) {
  constexpr int rungs = 4;
  auto& at = shared<std::atomic<int>>();
  const auto climb = [&](int parity, int times) {
    for (; times > 0; --times) {
      const int here = at.load(std::memory_order_relaxed);
      at.store(here % 2 == parity ? here + 1 : 0, std::memory_order_relaxed);
    }
    return true;
  };
  start([&] { return climb(0, rungs); });
  start([&] { return climb(1, fixed ? rungs - 1 : rungs); });
  return all_succeed() && at != 2 * rungs ? 0 : 1;
}

void add_one(std::atomic<int>& counter, bool fixed) {
  if (fixed)
    ++counter;
  else
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

/// A process and its child come to the memory after they have parted.
int attached_late(bool fixed, int) {
  const int segment = shmget(IPC_PRIVATE, sizeof(int), 0600);
  const auto attach = [&]() -> std::atomic<int>& {
    return *static_cast<std::atomic<int>*>(shmat(segment, nullptr, 0));
  };
  start([&] {
    add_one(attach(), fixed);
    return true;
  });
  auto& counter = attach();
  shmctl(segment, IPC_RMID, nullptr);
  add_one(counter, fixed);
  return all_succeed() && counter == 2 ? 0 : 1;
}

/// One by memory, the other by calls about the file behind it.
int mapped_and_read(bool fixed, int) {
  const int file = memfd_create("counter", 0);
  if (ftruncate(file, sizeof(int)) != 0) return 2;
  const auto map = [&]() -> std::atomic<int>& {
    return *static_cast<std::atomic<int>*>(
        mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
  };
  start([&] {
    int count = 0;
    if (fixed) return ++map() > 0;
    if (pread(file, &count, sizeof count, 0) != ssize_t{sizeof count}) return false;
    ++count;
    return pwrite(file, &count, sizeof count, 0) == ssize_t{sizeof count};
  });
  auto& counter = map();
  add_one(counter, fixed);
  return all_succeed() && counter == 2 ? 0 : 1;
}

/// System V semaphores and a message queue, whose identifiers differ from run to run, beside a lost update.
int numbered_by_kernel(bool fixed, int) {
  const int semaphores = semget(IPC_PRIVATE, 1, 0600), queue = msgget(IPC_PRIVATE, 0600);
  auto& counter = shared<std::atomic<int>>();
  sembuf up{0, 1, 0}, down{0, -1, 0};
  long message[2] = {1, 1};
  semop(semaphores, &up, 1);
  for (int i = 0; i < 2; ++i)
    start([&] {
      semop(semaphores, &down, 1);
      if (fixed) add_one(counter, false);
      semop(semaphores, &up, 1);
      if (!fixed) add_one(counter, false);
      return msgsnd(queue, message, sizeof message[1], 0) == 0;
    });
  for (int i = 0; i < 2; ++i) msgrcv(queue, message, sizeof message[1], 0, 0);
  const bool good = all_succeed() && counter == 2;
  semctl(semaphores, 0, IPC_RMID);
  msgctl(queue, IPC_RMID, nullptr);
  return good ? 0 : 1;
}

volatile sig_atomic_t has_come = 0;

/// The signal of a child between the look for it and the wait.
int misses_signal(bool fixed, int) {
  struct sigaction action {};
  action.sa_handler = [](int) { has_come = 1; };
  sigaction(SIGUSR1, &action, nullptr);
  sigset_t signals, before;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  if (fixed) sigprocmask(SIG_BLOCK, &signals, &before);
  start([] { return kill(getppid(), SIGUSR1) == 0; });
  while (has_come == 0)
    if (fixed)
      sigsuspend(&before);
    else
      pause();
  return all_succeed() ? 0 : 1;
}

/// Sends SIGUSR1 to a child as soon as it is ready.
bool signal_when_ready(const std::function<bool(int ready)>& body) {
  int ready[2];
  char word = 0;
  if (pipe(ready) != 0) return false;
  const pid_t child = start([&] { return body(ready[1]); });
  return read(ready[0], &word, 1) == 1 && kill(child, SIGUSR1) == 0 && all_succeed();
}

/// Says that it is ready before it has a handler.
int handled_late(bool fixed, int) {
  const auto handle = [] { signal(SIGUSR1, [](int) {}); };
  const bool good = signal_when_ready([&](int ready) {
    if (fixed) handle();
    const bool is_told = write(ready, "r", 1) == 1;
    if (!fixed) handle();
    return is_told;
  });
  return good ? 0 : 1;
}

/// Says that it is ready before it has blocked the signal.
int blocked_late(bool fixed, int) {
  static volatile sig_atomic_t may_come = 0, came_early = 0;
  signal(SIGUSR1, [](int) { came_early = may_come == 0; });
  const auto block = [](int how) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(how, &signals, nullptr);
  };
  const bool good = signal_when_ready([&](int ready) {
    if (fixed) block(SIG_BLOCK);
    const bool is_told = write(ready, "r", 1) == 1;
    if (!fixed) block(SIG_BLOCK);
    may_come = 1;
    block(SIG_UNBLOCK);
    return is_told && came_early == 0;
  });
  return good ? 0 : 1;
}

}  // namespace

const std::vector<Entry> races = {
    {"attached-late", attached_late},
    {"numbered-by-kernel", numbered_by_kernel},
    {"mapped-and-read", mapped_and_read},
    {"misses-signal", misses_signal},
    {"handled-late", handled_late},
    {"blocked-late", blocked_late},
    {"ladder", ladder},
    {"lost-update", lost_update},
    {"lost-increment", lost_increment},
    {"two-stores", two_stores},
    {"reorder_3", reorder, 3},
    {"reorder_5", reorder, 5},
    {"reorder_10", reorder, 10},
    {"reorder_20", reorder, 20},
    {"reorder_100", reorder, 100},
    {"wronglock", wronglock, 4},
    {"token_ring", token_ring},
    {"bluetooth", bluetooth},
};

}  // namespace programs
