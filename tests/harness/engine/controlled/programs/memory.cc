// Programs that keep in shared memory what they give the kernel, and that map it in every way.
#include "tests/harness/engine/controlled/programs/processes.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <thread>

namespace programs {
namespace {

constexpr long page = 4096;

struct Pages {
  char bytes[2 * page] = {};
};

/// A T that two processes have.
template <class T>
T& closed() {
  T& value = shared<T>();
  start([] { return true; });
  return value;
}

/// What the kernel fills in, and what it leaves behind the end of it.
struct Answers {
  timespec time{-1, -1};
  timeval day{-1, -1};
  time_t seconds = -1;
  char random[16] = {};
  cpu_set_t processors{};
  itimerval alarm{{0, 0}, {3600, 0}}, old_alarm{{-1, -1}, {-1, -1}};
  itimerspec setting{{0, 0}, {3600, 0}}, old_setting{{-1, -1}, {-1, -1}};
  timer_t timer{};
  sigevent event{};
  int ends[2] = {-1, -1};
};

bool tells_time(Answers& answers) {
  return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &answers.time) == 0 && answers.time.tv_sec >= 0 &&
         syscall(SYS_gettimeofday, &answers.day, nullptr) == 0 && answers.day.tv_sec > 0 &&
         syscall(SYS_time, &answers.seconds) == answers.seconds;
}

bool tells_of_machine(Answers& answers) {
  const char nothing[sizeof answers.random] = {};
  return getrandom(answers.random, sizeof answers.random, 0) == sizeof answers.random &&
         memcmp(answers.random, nothing, sizeof nothing) != 0 &&
         sched_getaffinity(0, sizeof answers.processors, &answers.processors) == 0 &&
         CPU_COUNT(&answers.processors) > 0;
}

bool sets_timers(Answers& answers) {
  if (setitimer(ITIMER_REAL, &answers.alarm, &answers.old_alarm) != 0 ||
      answers.old_alarm.it_value.tv_sec != 0)
    return false;
  if (getitimer(ITIMER_REAL, &answers.old_alarm) != 0 || answers.old_alarm.it_value.tv_sec <= 0) return false;
  answers.event.sigev_notify = SIGEV_NONE;
  if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &answers.event, &answers.timer) != 0) return false;
  const int file = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  return timerfd_settime(file, 0, &answers.setting, nullptr) == 0 &&
         timerfd_gettime(file, &answers.old_setting) == 0 && answers.old_setting.it_value.tv_sec > 0;
}

bool refuses_bad_pointers() {
  auto* nowhere = reinterpret_cast<void*>(page);
  return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, nowhere) == -1 && errno == EFAULT &&
         syscall(SYS_getrandom, nowhere, 16, 0) == -1 && errno == EFAULT;
}

int answers_in_shared_memory(bool, int) {
  auto& answers = closed<Answers>();
  if (!tells_time(answers)) return 1;
  if (!tells_of_machine(answers)) return 2;
  if (!sets_timers(answers)) return 3;
  if (pipe(answers.ends) != 0 || write(answers.ends[1], "", 1) != 1) return 4;
  if (!refuses_bad_pointers()) return 5;
  return all_succeed() ? 0 : 6;
}

/// Bounds and sets of descriptors; time jumps to where the bound is, and not before.
int bounds_in_shared_memory(bool, int) {
  struct Waits {
    sem_t semaphore{};
    timespec until{}, after{};
    fd_set set{};
    timeval most{2, 0};
  };
  auto& waits = closed<Waits>();
  sem_init(&waits.semaphore, 1, 0);
  clock_gettime(CLOCK_REALTIME, &waits.until);
  waits.until.tv_sec += 2;
  if (sem_timedwait(&waits.semaphore, &waits.until) != -1 || errno != ETIMEDOUT) return 1;
  clock_gettime(CLOCK_REALTIME, &waits.after);
  if (waits.after.tv_sec < waits.until.tv_sec) return 2;
  int ends[2];
  if (pipe(ends) != 0) return 9;
  FD_SET(ends[0], &waits.set);
  if (select(ends[0] + 1, &waits.set, nullptr, nullptr, &waits.most) != 0) return 3;
  if (FD_ISSET(ends[0], &waits.set)) return 4;
  return all_succeed() ? 0 : 5;
}

/// What a task asks of itself, into shared memory.
int asks_of_itself(bool, int) {
  struct Asked {
    struct stat status {};
    char folder[256] = {};
    utsname system{};
    rlimit limit{1, 0};
    sigset_t mask{};
  };
  auto& asked = closed<Asked>();
  const int file = open("/dev/null", O_RDONLY);
  if (fstat(file, &asked.status) != 0 || !S_ISCHR(asked.status.st_mode)) return 1;
  if (getcwd(asked.folder, sizeof asked.folder) == nullptr || asked.folder[0] != '/') return 2;
  if (uname(&asked.system) != 0 || strcmp(asked.system.sysname, "Linux") != 0) return 3;
  if (getrlimit(RLIMIT_NOFILE, &asked.limit) != 0 || asked.limit.rlim_max == 0) return 4;
  if (sigprocmask(SIG_SETMASK, nullptr, &asked.mask) != 0) return 5;
  return all_succeed() ? 0 : 6;
}

/// Advice about it is about the memory, and not about a door that is shut.
int advice(bool, int) {
  auto& bytes = closed<Pages>().bytes;
  bytes[page] = 1;
  if (madvise(bytes, sizeof bytes, MADV_REMOVE) != 0) return 1;
  if (bytes[page] != 0) return 2;
  return all_succeed() ? 0 : 3;
}

/// One page of two becomes read-only: the other stays as it is, and so does the first for who may not write.
int half_protected(bool, int) {
  auto& bytes = closed<Pages>().bytes;
  bytes[0] = bytes[page] = 1;
  if (mprotect(bytes, page, PROT_READ) != 0) return 1;
  bytes[page] = 2;
  if (bytes[0] != 1 || bytes[page] != 2) return 2;
  if (mprotect(bytes + page, -page, PROT_READ) == 0) return 3;  // in vain
  bytes[page] = 3;
  if (syscall(SYS_pkey_mprotect, bytes, 2 * page, PROT_READ | PROT_WRITE, -1) != 0) return 4;
  bytes[0] = 4;
  start([&] {
    signal(SIGSEGV, [](int) { _exit(0); });
    mprotect(bytes, page, PROT_READ);
    bytes[0] = 5;
    return false;
  });
  return all_succeed() && bytes[0] == 4 ? 0 : 5;
}

/// Made writable before anybody else has it.
int protected_first(bool, int) {
  void* place = mmap(nullptr, page, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (mprotect(place, page, PROT_READ | PROT_WRITE) != 0) return 1;
  auto* word = static_cast<volatile int*>(place);
  start([&] { return *word >= 0; });
  *word = 1;
  return all_succeed() && *word == 1 ? 0 : 2;
}

/// A program whose arguments and environment lie in shared memory.
int words_in_shared_memory(bool, int) {
  struct Words {
    char one[32] = "[ $1 = three ] && [ $A = b ]", two[8] = "two", three[8] = "three", variable[8] = "A=b";
  };
  auto& words = closed<Words>();
  char shell[] = "sh", option[] = "-c";
  start([&] {
    char* arguments[] = {shell, option, words.one, words.two, words.three, nullptr};
    char* environment[] = {words.variable, nullptr};
    execve("/bin/sh", arguments, environment);
    return false;
  });
  return all_succeed() ? 0 : 1;
}

/// Several messages by one call.
int messages(bool, int) {
  struct Text {
    char sent[2][8] = {"one", "two"}, got[2][8] = {};
  };
  auto& text = closed<Text>();
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 9;
  iovec from[] = {{text.sent[0], 8}, {text.sent[1], 4}}, to[] = {{text.got[0], 8}, {text.got[1], 8}};
  mmsghdr sent[2] = {}, got[2] = {};
  for (int i = 0; i < 2; ++i) {
    sent[i].msg_hdr.msg_iov = &from[i];
    got[i].msg_hdr.msg_iov = &to[i];
    sent[i].msg_hdr.msg_iovlen = got[i].msg_hdr.msg_iovlen = 1;
  }
  if (sendmmsg(ends[0], sent, 2, 0) != 2 || sent[1].msg_len != 4) return 1;
  if (recvmmsg(ends[1], got, 2, 0, nullptr) != 2 || got[0].msg_len != 8 || got[1].msg_len != 4) return 2;
  if (got[0].msg_hdr.msg_iov != &to[0]) return 3;
  if (strcmp(text.got[0], "one") != 0 || strcmp(text.got[1], "two") != 0) return 4;
  return all_succeed() ? 0 : 5;
}

/// More than there is room for at once; whoever comes last is still looked at.
int maps_on_and_on(bool, int) {
  constexpr std::size_t large = std::size_t{64} << 20;
  for (int i = 0; i < 40; ++i) {
    void* place = mmap(nullptr, large, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED || munmap(place, large) != 0) return 9;
  }
  auto& counter = shared<volatile int>();
  for (int i = 0; i < 2; ++i)
    start([&] {
      const int value = counter;
      counter = value + 1;
      return true;
    });
  return all_succeed() && counter == 2 ? 0 : 1;
}

/// At an address of the program's choice, twice over; what is moved out of our sight stays readable.
int chosen_places(bool, int) {
  char* place = reinterpret_cast<char*>(0x500000000000);
  constexpr int flags = MAP_SHARED | MAP_ANONYMOUS;
  if (mmap(place, page, PROT_READ | PROT_WRITE, flags | MAP_FIXED_NOREPLACE, -1, 0) != place) return 1;
  if (mmap(place, page, PROT_READ, flags | MAP_FIXED_NOREPLACE, -1, 0) != MAP_FAILED) return 2;
  if (mmap(place, page, PROT_READ | PROT_WRITE, flags | MAP_FIXED, -1, 0) != place) return 3;
  const int id = shmget(IPC_PRIVATE, page, 0600);
  char* segment = static_cast<char*>(shmat(id, place + page, 0));
  shmctl(id, IPC_RMID, nullptr);
  if (segment != place + page) return 4;
  auto& bytes = closed<Pages>().bytes;
  bytes[0] = 1;
  void* moved = mremap(bytes, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, place);
  if (moved != place || place[0] != 1) return 5;
  return all_succeed() ? 0 : 6;
}

/// Private memory where shared memory was.
int gives_way(bool, int) {
  auto& bytes = closed<Pages>().bytes;
  bytes[page] = 1;
  void* place = mmap(bytes, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (place != bytes || bytes[0] != 0 || bytes[page] != 1) return 1;
  bytes[0] = 1;
  return all_succeed() ? 0 : 2;
}

/// Each process maps it for itself, by the same code.
int mapped_after_fork(bool, int) {
  const int file = memfd_create("words", 0);
  if (ftruncate(file, page) != 0) return 9;
  const auto count = [&] {
    void* place = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return ++*static_cast<std::atomic<int>*>(place);
  };
  for (int i = 0; i < 2; ++i) start([&] { return count() <= 3; });
  count();
  return all_succeed() && count() == 4 ? 0 : 1;
}

/// Somebody is asleep in a call that leads there when it becomes others' too: on a semaphore that one process
/// alone uses, and for what will be read.
int shared_in_a_call(bool, int by_read) {
  struct Awaited {
    sem_t semaphore{};
    char text[8] = {};
    iovec piece{text, sizeof text};
  };
  auto& awaited = shared<Awaited>();
  int ends[2];
  if (pipe(ends) != 0) return 9;
  sem_init(&awaited.semaphore, 0, 0);
  ssize_t got = 0;
  std::thread sleeper([&] {
    if (by_read == 0) sem_wait(&awaited.semaphore);
    if (by_read == 1) got = read(ends[0], awaited.text, 4);
    if (by_read == 2) got = readv(ends[0], &awaited.piece, 1);
  });
  start([] { return true; });
  const bool good = all_succeed() && write(ends[1], "abc", 4) == 4;
  sem_post(&awaited.semaphore);
  sleeper.join();
  return good && (by_read == 0 || (got == 4 && strcmp(awaited.text, "abc") == 0)) ? 0 : 1;
}

template <class Unit>
void copy_forwards(char* to, const char* from, unsigned long count) {
  if constexpr (sizeof(Unit) == 8)
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
  else
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

void copy_backwards(char* to, const char* from, unsigned long count) {
  to += count - 1;
  from += count - 1;
  asm volatile("std\n rep movsb\n cld" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

/// What a copy does that reads what it has just written, in shared and in private memory.
void overlap(char* bytes, char* same_bytes) {
  for (int i = 0; i < page; ++i) bytes[i] = static_cast<char>(i * 7);
  copy_forwards<char>(bytes + 2, bytes, 150);
  copy_forwards<char>(bytes + 200, bytes + 230, 150);
  copy_forwards<long>(bytes + 403, bytes + 400, 20);
  copy_forwards<long>(bytes + 620, bytes + 600, 20);
  copy_backwards(bytes + 800, bytes + 803, 150);
  copy_backwards(bytes + 1010, bytes + 1000, 150);
  copy_forwards<char>(same_bytes + 1205, bytes + 1200, 150);
}

/// Its end is its beginning.
char* ring() {
  const int file = memfd_create("ring", 0);
  if (ftruncate(file, page) != 0) std::abort();
  auto* bytes = static_cast<char*>(mmap(nullptr, 2 * page, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  for (int i = 0; i < 2; ++i)
    mmap(bytes + i * page, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
  start([] { return true; });
  return bytes;
}

int overlapping_copies(bool, int) {
  char* const bytes = ring();
  std::vector<char> own(page);
  overlap(own.data(), own.data());
  overlap(bytes, bytes + page);
  if (memcmp(bytes, own.data(), page) != 0) return 1;
  copy_forwards<char>(bytes + page, bytes + page - 3, 150);
  for (int i = 0; i < 150; ++i)
    if (bytes[i] != own[static_cast<std::size_t>(page - 3 + i % 3)]) return 2;
  return all_succeed() ? 0 : 3;
}

/// Until one of two words is no more what it was.
int waits_for_either(bool, int) {
  struct Words {
    futex_waitv waited[2] = {};
    std::atomic<int> first{0}, second{0};
  };
  auto& words = closed<Words>();
  words.waited[0].uaddr = reinterpret_cast<std::uintptr_t>(&words.first);
  words.waited[1].uaddr = reinterpret_cast<std::uintptr_t>(&words.second);
  for (futex_waitv& waited : words.waited) waited.flags = FUTEX_32;
  start([&] {
    words.second = 1;
    return syscall(SYS_futex, &words.second, FUTEX_WAKE, 1, nullptr, nullptr, 0) >= 0;
  });
  while (words.second == 0)
    if (syscall(SYS_futex_waitv, words.waited, 2, 0, nullptr, 0) != 1 && errno != EAGAIN) return 1;
  return all_succeed() ? 0 : 2;
}

/// Into the shared memory of another process, and out of it.
int reaches_across(bool, int) {
  auto& words = closed<std::array<int, 4>>();
  const pid_t child = start([] {
    pause();
    return true;
  });
  int own[2] = {41, 42}, back[2] = {};
  const iovec from{own, sizeof own}, to{back, sizeof back};
  const iovec there[] = {{&words[2], sizeof(int)}, {&words[0], sizeof(int)}};
  bool good =
      process_vm_writev(child, &from, 1, there, 2, 0) == sizeof own && words[2] == 41 && words[0] == 42;
  good = good && process_vm_readv(child, &to, 1, there, 2, 0) == sizeof back && back[1] == 42;
  const iovec shared_end{&words[3], sizeof(int)};
  good = good && process_vm_readv(child, &shared_end, 1, there, 1, 0) == sizeof(int) && words[3] == 41;
  kill(child, SIGKILL);
  wait(nullptr);
  return good ? 0 : 1;
}

/// The same by who has none itself.
int reaches_from_without(bool, int) {
  int ends[2];
  if (pipe(ends) != 0) return 9;
  const pid_t child = start([&] {
    int& word = closed<int>();
    word = 42;
    int* const place = &word;
    return write(ends[1], &place, sizeof place) == sizeof place && pause() != 0;
  });
  int* place = nullptr;
  int own = 0;
  if (read(ends[0], &place, sizeof place) != sizeof place) return 8;
  const iovec here{&own, sizeof own}, there{place, sizeof own};
  const bool good = process_vm_readv(child, &here, 1, &there, 1, 0) == sizeof own && own == 42;
  kill(child, SIGKILL);
  wait(nullptr);
  return good ? 0 : 1;
}

char* kept = nullptr;

/// Before the libraries do anything: later it would not be start-up.
void keep_from_children(int count, char** words, char**) {
  const std::string_view name = count > 1 ? words[1] : "";
  const int advice = name == "kept-from-children" ? MADV_DONTFORK : MADV_WIPEONFORK;
  if (name != "kept-from-children" && name != "wiped-for-children") return;
  kept = static_cast<char*>(mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (madvise(kept, page, advice) == 0) *kept = 1;
}
[[gnu::section(".preinit_array"), gnu::used]] void (*const first)(int, char**, char**) = keep_from_children;

/// A page of its own, which its children do not have, or have anew.
int kept_from_children(bool, int is_wiped) {
  if (*kept != 1) return 1;
  start([&] { return is_wiped != 0 ? *kept == 0 : msync(kept, page, MS_ASYNC) == -1 && errno == ENOMEM; });
  return all_succeed() ? 0 : 2;
}

/// Its ticks are nobody's any more, and who waits for something else does so for ever.
int closed_timer(bool, int by_exec) {
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  const itimerspec every_second{{1, 0}, {1, 0}};
  timerfd_settime(timer, 0, &every_second, nullptr);
  int ends[2];
  if (pipe(ends) != 0) return 9;
  dup2(ends[0], 0);
  char shell[] = "sh", option[] = "-c", command[] = "read word";
  char* words[] = {shell, option, command, nullptr};
  if (by_exec != 0) return execv("/bin/sh", words);
  close_range(static_cast<unsigned>(timer), static_cast<unsigned>(timer), 0);
  char byte = 0;
  return read(0, &byte, 1) == 1 ? 0 : 1;
}

}  // namespace

const std::vector<Entry> memory = {
    {"answers-in-shared-memory", answers_in_shared_memory},
    {"bounds-in-shared-memory", bounds_in_shared_memory},
    {"asks-of-itself", asks_of_itself},
    {"advice", advice},
    {"half-protected", half_protected},
    {"protected-first", protected_first},
    {"words-in-shared-memory", words_in_shared_memory},
    {"messages", messages},
    {"maps-on-and-on", maps_on_and_on},
    {"chosen-places", chosen_places},
    {"gives-way", gives_way},
    {"mapped-after-fork", mapped_after_fork},
    {"shared-in-a-wait", shared_in_a_call, 0},
    {"shared-in-a-read", shared_in_a_call, 1},
    {"shared-in-a-readv", shared_in_a_call, 2},
    {"overlapping-copies", overlapping_copies},
    {"waits-for-either", waits_for_either},
    {"reaches-across", reaches_across},
    {"reaches-from-without", reaches_from_without},
    {"kept-from-children", kept_from_children, 0},
    {"wiped-for-children", kept_from_children, 1},
    {"closed-timer", closed_timer, 0},
    {"closed-timer-by-exec", closed_timer, 1},
};

}  // namespace programs
