// Programs that do to the tracer what programs do: fork in every way, die with a mutex, hide SIGSEGV, spin.
#include "tests/harness/engine/controlled/programs/processes.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <time.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace programs {
namespace {

struct Owned {
  Mutex mutex{true};
  volatile int ready = 0;
};

/// A child dies with the mutex: by exit, by a signal of its own, by ours while it sleeps, by ours while it
/// runs. The next owner must be told.
int robust(bool, int how) {
  auto& all = shared<Owned>();
  const pid_t owner = start([&] {
    all.mutex.lock();
    all.ready = 1;
    if (how == 0) _exit(0);
    if (how == 1) raise(SIGTERM);
    for (;;) {
      if (how == 2) pause();
      all.ready = 1;
      sched_yield();
    }
    return true;
  });
  while (all.ready == 0) sched_yield();
  if (how >= 2) kill(owner, SIGKILL);
  const int locked = all.mutex.lock();
  if (locked != EOWNERDEAD) return 1;
  all.mutex.make_consistent();
  all.mutex.unlock();
  all_succeed();
  return 0;
}

int spin(bool, int) {
  for (volatile unsigned long i = 0;;) i = i + 1;
}

int crash(bool, int) {
  start([] { return raise(SIGSEGV) == 0; });
  return all_succeed() ? 0 : 0;
}

int wait_for_ever(bool, int) {
  int ends[2];
  char byte;
  return pipe(ends) == 0 && read(ends[0], &byte, 1) == 1 ? 0 : 1;
}

int left_behind(bool, int) {
  start([] { return wait_for_ever(false, 0) == 0; });
  return 0;
}

/// posix_spawn is a vfork: the parent sleeps until the child has its own program.
int spawned(bool, int) {
  char name[] = "true";
  char* words[] = {name, nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, "true", nullptr, nullptr, words, environ) != 0) return 1;
  return all_succeed() ? 0 : 1;
}

/// The thread that calls exec becomes the first one.
int exec_by_thread(bool, int) {
  std::thread other([] { pause(); });
  std::thread([] { execlp("echo", "echo", "from a thread", nullptr); }).join();
  other.join();
  return 1;
}

/// An hour of sleep for one, two for the other, and no time at all for us.
int sleepers(bool, int) {
  auto& order = shared<volatile int>();
  start([&] {
    const timespec nap{7200, 0};
    nanosleep(&nap, nullptr);
    return order == 1;
  });
  start([&] {
    const timespec nap{3600, 0};
    nanosleep(&nap, nullptr);
    order = 1;
    return true;
  });
  timespec before{}, after{};
  clock_gettime(CLOCK_MONOTONIC, &before);
  const bool good = all_succeed();
  clock_gettime(CLOCK_MONOTONIC, &after);
  return good && after.tv_sec - before.tv_sec == 7200 ? 0 : 1;
}

/// A condition nobody ever signals, with a bound: the answer is ETIMEDOUT, at once.
int times_out(bool, int) {
  auto& all = shared<Owned>();
  auto& news = shared<pthread_cond_t>();
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&news, &attributes);
  start([&] {
    timespec until{};
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 3600;
    all.mutex.lock();
    return pthread_cond_timedwait(&news, all.mutex.get(), &until) == ETIMEDOUT;
  });
  return all_succeed() ? 0 : 1;
}

bool segv_is(bool blocked, void (*handler)(int)) {
  sigset_t mask;
  struct sigaction action {};
  sigprocmask(SIG_BLOCK, nullptr, &mask);
  sigaction(SIGSEGV, nullptr, &action);
  return (sigismember(&mask, SIGSEGV) == 1) == blocked && action.sa_handler == handler;
}

/// What a program does to SIGSEGV stays done.
int hides_segv(bool, int how) {
  auto& counter = shared<volatile int>();
  const bool blocks = how == 0;
  start([&] {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGSEGV);
    if (blocks)
      sigprocmask(SIG_BLOCK, &mask, nullptr);
    else
      signal(SIGSEGV, SIG_IGN);
    for (int i = 0; i < 3; ++i) counter = counter + 1;
    return segv_is(blocks, blocks ? SIG_DFL : SIG_IGN);
  });
  return all_succeed() && counter == 3 ? 0 : 1;
}

/// The kernel reads and writes shared memory on the program's behalf, through pointers in pointers too.
int kernel_access(bool, int) {
  struct Text {
    char sent[8] = "message", got[8] = "";
  };
  auto& text = shared<Text>();
  auto& parts = shared<iovec>();
  start([&] {
    int ends[2];
    if (pipe(ends) != 0) return false;
    if (write(ends[1], text.sent, 8) != 8 || read(ends[0], text.got, 8) != 8) return false;
    if (strcmp(text.got, "message") != 0) return false;
    parts = {text.sent, 8};
    if (writev(ends[1], &parts, 1) != 8) return false;
    memset(text.got, 0, sizeof text.got);
    parts = {text.got, 8};
    return readv(ends[0], &parts, 1) == 8 && strcmp(text.got, "message") == 0;
  });
  return all_succeed() ? 0 : 1;
}

/// System V: attached by each process for itself.
int segment(bool fixed, int) {
  const int id = shmget(IPC_PRIVATE, 4096, 0600);
  const auto increment = [&] {
    auto* counter = static_cast<volatile int*>(shmat(id, nullptr, 0));
    if (fixed)
      __atomic_fetch_add(counter, 1, __ATOMIC_SEQ_CST);
    else
      *counter = *counter + 1;
    return shmdt(const_cast<int*>(counter)) == 0;
  };
  for (int i = 0; i < 2; ++i) start(increment);
  const bool good = all_succeed();
  auto* counter = static_cast<volatile int*>(shmat(id, nullptr, 0));
  const int value = *counter;
  shmctl(id, IPC_RMID, nullptr);
  return good && value == 2 ? 0 : 1;
}

/// A file made, and sized only after it can be found: SIGBUS for whoever is early.
int creation_race(bool fixed, int) {
  char name[] = "/tmp/squall-creation-XXXXXX";
  const int file = mkstemp(name);
  unlink(name);
  if (fixed && ftruncate(file, 4096) != 0) return 9;
  start([&] {
    auto* place =
        static_cast<volatile int*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    *place = 1;
    return true;
  });
  auto* place = static_cast<volatile int*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
  if (!fixed && ftruncate(file, 4096) != 0) return 9;
  *place = 1;
  return all_succeed() ? 0 : 1;
}

int stops_and_continues(bool, int) {
  const pid_t child = start([] { return raise(SIGSTOP) == 0; });
  int status = 0;
  if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status)) return 1;
  kill(child, SIGCONT);
  return all_succeed() ? 0 : 1;
}

/// Copies large enough for the library to take a string instruction, torn in the middle.
int torn_copy(bool fixed, int) {
  struct Shared {
    Mutex mutex;
    char bytes[4096] = {};
  };
  auto& all = shared<Shared>();
  start([&] {
    char mine[4096];
    memset(mine, 1, sizeof mine);
    if (fixed) all.mutex.lock();
    memcpy(all.bytes, mine, sizeof mine);
    if (fixed) all.mutex.unlock();
    return true;
  });
  char mine[4096];
  if (fixed) all.mutex.lock();
  memcpy(mine, all.bytes, sizeof mine);
  if (fixed) all.mutex.unlock();
  return all_succeed() && mine[0] == mine[4095] ? 0 : 1;
}

}  // namespace

const std::vector<Entry> behaviours = {
    {"robust-exit", robust, 0},
    {"robust-signal", robust, 1},
    {"robust-asleep", robust, 2},
    {"robust-running", robust, 3},
    {"spin", spin},
    {"crash", crash},
    {"wait-for-ever", wait_for_ever},
    {"left-behind", left_behind},
    {"spawned", spawned},
    {"exec-by-thread", exec_by_thread},
    {"sleepers", sleepers},
    {"times-out", times_out},
    {"blocks-segv", hides_segv, 0},
    {"ignores-segv", hides_segv, 1},
    {"kernel-access", kernel_access},
    {"segment", segment},
    {"creation-race", creation_race},
    {"stops-and-continues", stops_and_continues},
    {"torn-copy", torn_copy},
};

}  // namespace programs
