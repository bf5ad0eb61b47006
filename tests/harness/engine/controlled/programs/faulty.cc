// Programs that are right as long as no call fails, stops short or is interrupted, and their twins.
#include "tests/harness/engine/controlled/programs/processes.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace programs {
namespace {

constexpr std::size_t message_bytes = 8000;

void spoil(int) { errno = EBUSY; }

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(signal, &action, nullptr);
}

/// One read, one message: more than a pipe passes on as a whole.
int reads_once(bool fixed, int) {
  int ends[2];
  char bytes[message_bytes] = {};
  if (pipe(ends) != 0 || write(ends[1], bytes, sizeof bytes) != static_cast<ssize_t>(sizeof bytes)) return 2;
  std::size_t got = 0;
  do {
    const ssize_t size = read(ends[0], bytes + got, sizeof bytes - got);
    if (size <= 0) return 3;
    got += static_cast<std::size_t>(size);
  } while (fixed && got < sizeof bytes);
  return got == sizeof bytes ? 0 : 1;
}

/// A read of a few bytes, which no kernel cuts.
int reads_little(bool, int) {
  int ends[2];
  char bytes[100] = {};
  if (pipe(ends) != 0 || write(ends[1], bytes, sizeof bytes) != static_cast<ssize_t>(sizeof bytes)) return 2;
  return read(ends[0], bytes, sizeof bytes) == static_cast<ssize_t>(sizeof bytes) ? 0 : 1;
}

/// EINTR taken for a failure.
int gives_up(bool fixed, int) {
  handle(SIGUSR1, spoil);
  int ends[2];
  if (pipe(ends) != 0) return 2;
  start([&] { return write(ends[1], "a", 1) == 1; });
  char byte = 0;
  ssize_t size = 0;
  do size = read(ends[0], &byte, 1);
  while (fixed && size < 0 && errno == EINTR);
  return size == 1 ? 0 : 1;
}

int watched_end = -1;
volatile sig_atomic_t is_marked = 0, saw_between = 0;

void look(int) {
  const int before = errno;
  pollfd readable{watched_end, POLLIN, 0};
  if (poll(&readable, 1, 0) == 0 && is_marked == 0) saw_between = 1;
  errno = before;
}

/// What it has read is marked a moment later: only a signal right after the call falls in between.
int marks_late(bool fixed, int) {
  int ends[2];
  char byte = 0;
  if (pipe(ends) != 0 || write(ends[1], "a", 1) != 1) return 2;
  watched_end = ends[0];
  handle(SIGUSR1, look);
  sigset_t told, before;
  sigemptyset(&told);
  if (fixed) sigaddset(&told, SIGUSR1);
  sigprocmask(SIG_BLOCK, &told, &before);
  if (read(ends[0], &byte, 1) != 1) return 3;
  is_marked = 1;
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return saw_between;
}

/// A copy of a descriptor that is used without a look.
int copies(bool fixed, int count) {
  for (int left = count; left > 0; --left) {
    const int copy = dup(1);
    if (copy < 0 && fixed) return 3;  // a clean error
    if (copy < 0) abort();
    close(copy);
  }
  return 0;
}

/// Who waits for the end of a stream and has its own writing end open waits for ever when the writer dies.
int keeps_an_end(bool fixed, int) {
  int ends[2];
  if (pipe(ends) != 0) return 2;
  start([&] { return write(ends[1], "done", 4) == 4; });
  if (fixed) close(ends[1]);
  char bytes[4];
  while (read(ends[0], bytes, sizeof bytes) > 0)
    if (!fixed) break;
  while (wait(nullptr) > 0) {
  }
  return 0;
}

/// A handler that changes errno, between a call and the look at it.
int spoils(bool fixed, int) {
  handle(SIGUSR1, spoil);
  const int opened = open("/no/such/file", O_RDONLY);
  const int then = errno;
  lseek(0, 0, SEEK_CUR);
  return opened < 0 && (fixed ? then : errno) == ENOENT ? 0 : 1;
}

/// EINTR taken for a semaphore.
int takes_once(bool fixed, int) {
  handle(SIGUSR1, spoil);
  auto& semaphore = shared<sem_t>();
  if (sem_init(&semaphore, 1, 0) != 0) return 2;
  start([&] { return sem_post(&semaphore) == 0; });
  int taken = 0;
  do taken = sem_wait(&semaphore);
  while (fixed && taken != 0 && errno == EINTR);
  return taken == 0 && all_succeed() ? 0 : 1;
}

/// The end of a wait taken for what was waited for.
int waits_once(bool fixed, int) {
  auto& word = shared<std::atomic<int>>();
  start([&] {
    word = 1;
    return syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0) >= 0;
  });
  while (word == 0) {
    syscall(SYS_futex, &word, FUTEX_WAIT, 0, nullptr, nullptr, 0);
    if (!fixed) break;
  }
  const bool good = word == 1;
  return all_succeed() && good ? 0 : 1;
}

/// Memory that is used without a look whether there is any.
int maps(bool fixed, int) {
  void* place = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (fixed && place == MAP_FAILED) return 3;
  *static_cast<volatile char*>(place) = 1;
  return 0;
}

/// Segments are counted without what squall adds; a mapping that grows stays shared.
int attached(bool, int) {
  const int id = shmget(IPC_PRIVATE, 4096, 0600);
  void* const mine = shmat(id, nullptr, 0);
  start([&] { return shmdt(mine) == 0; });
  const bool good = all_succeed();
  shmid_ds status{};
  shmctl(id, IPC_STAT, &status);
  const bool one = status.shm_nattch == 1;
  shmdt(mine);
  shmctl(id, IPC_STAT, &status);
  shmctl(id, IPC_RMID, nullptr);
  return good && one && status.shm_nattch == 0 ? 0 : 1;
}

int grown(bool fixed, int) {
  const int file = memfd_create("grown", 0);
  if (ftruncate(file, 1 << 16) != 0) return 2;
  void* place = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  start([&] {
    auto* counter = static_cast<volatile int*>(mremap(place, 4096, 1 << 16, MREMAP_MAYMOVE));
    if (fixed)
      __atomic_fetch_add(counter, 1, __ATOMIC_SEQ_CST);
    else
      *counter = *counter + 1;
    counter[5000] = 7;
    return counter[5000] == 7;
  });
  auto* counter = static_cast<volatile int*>(place);
  if (fixed)
    __atomic_fetch_add(counter, 1, __ATOMIC_SEQ_CST);
  else
    *counter = *counter + 1;
  return all_succeed() && *counter == 2 ? 0 : 1;
}

/// Fails where its write does, if a signal came just before that.
int fails_after_signal(bool fixed, int) {
  static volatile sig_atomic_t writes = 0, has_come = 0;
  signal(SIGUSR1, [](int) { has_come = writes; });
  const int file = memfd_create("written", 0);
  const pid_t self = getpid();
  start([self] { return kill(self, SIGUSR1) == 0; });
  getppid();
  writes = 1;
  const bool failed = write(file, "abcd", 4) != 4;
  writes = 0;
  if (failed && has_come != 0 && !fixed) std::abort();
  int status = 0;
  while (wait(&status) < 0 && errno == EINTR) {
  }
  return status == 0 ? 0 : 2;
}

/// Knows that its write must fail.
int writes_in_vain(bool, int) {
  signal(SIGUSR1, [](int) {});
  const int file = memfd_create("written", 0);
  const pid_t self = getpid();
  start([self] { return kill(self, SIGUSR1) == 0; });
  getppid();
  if (write(file, "abcd", 4) == 4) std::abort();
  while (wait(nullptr) < 0 && errno == EINTR) {
  }
  return 0;
}

}  // namespace

const std::vector<Entry> faulty = {
    {"fails-after-signal", fails_after_signal},
    {"writes-in-vain", writes_in_vain},
    {"reads-once", reads_once},
    {"reads-little", reads_little},
    {"gives-up", gives_up},
    {"copies", copies, 1},
    {"copies-often", copies, 3},
    {"keeps-an-end", keeps_an_end},
    {"marks-late", marks_late},
    {"spoils", spoils},
    {"attached", attached},
    {"grown", grown},
    {"takes-once", takes_once},
    {"waits-once", waits_once},
    {"maps", maps},
};

}  // namespace programs
