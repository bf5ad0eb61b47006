// Programs at the edges of what a tracer can keep from them: signals and faults in the middle of its own
// work, registers that only look like pointers, deaths that nobody announces.
#include "tests/harness/engine/controlled/programs/processes.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

namespace programs {
namespace {

volatile sig_atomic_t handled = 0;
void handle(int) { handled = handled + 1; }

void await(const std::atomic<int>& flag) {
  while (flag == 0) sched_yield();
}

/// A child that is stopped before its first step.
int stopped_at_once(bool, int) {
  auto& word = shared<std::atomic<int>>();
  const pid_t child = start([&] { return ++word == 1; });
  kill(child, SIGSTOP);
  int status = 0;
  if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status)) return status;
  kill(child, SIGCONT);
  return all_succeed() && word == 1 ? 0 : 2;
}

int* address_in_memory = nullptr;
void leave_addresses(int) {
  handled = 1;
  asm volatile("mov %0, %%r8\n mov %0, %%r9\n mov %0, %%r10" : : "r"(address_in_memory) : "r8", "r9", "r10");
}

/// A handler leaves addresses of shared memory in registers, which are not arguments of its return.
int handler_with_addresses(bool, int) {
  address_in_memory = &shared<int>();
  auto& ready = shared<std::atomic<int>>();
  const pid_t child = start([&] {
    signal(SIGUSR1, leave_addresses);
    ready = 1;
    for (int turn = 0; turn < 30 && handled == 0; ++turn) {
      unsigned long kept = 0;
      asm volatile("mov $77, %%r8d\n movb (%1), %%al\n movb 1(%1), %%al\n mov %%r8, %0"
                   : "=r"(kept)
                   : "r"(address_in_memory)
                   : "r8", "rax", "memory");
      if (kept != 77) return false;
    }
    return true;
  });
  await(ready);
  kill(child, SIGUSR1);
  return all_succeed() ? 0 : 1;
}

/// A signal that is pending before an instruction that cannot run out of line.
int signal_before_push(bool, int) {
  auto& ready = shared<std::atomic<int>>();
  auto& word = shared<long>();
  const pid_t child = start([&] {
    signal(SIGUSR1, handle);
    ready = 1;
    for (int turn = 0; turn < 6; ++turn)
      asm volatile("pushq (%0)\n popq %%rax" : : "r"(&word) : "rax", "memory");
    for (int turn = 0; turn < 2000 && handled == 0; ++turn) sched_yield();
    return handled == 1;
  });
  await(ready);
  kill(child, SIGUSR1);
  return all_succeed() ? 0 : 1;
}

sigjmp_buf before_fault;
void* fault_address = nullptr;
void leave_fault(int, siginfo_t* information, void*) {
  fault_address = information->si_addr;
  siglongjmp(before_fault, 1);
}

/// A mapping beyond the end of its file, by an instruction that cannot run out of line.
int fault_in_push(bool, int) {
  const int file = memfd_create("empty", 0);
  auto* const bytes = static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
  start([&] {
    struct sigaction action {};
    action.sa_sigaction = leave_fault;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGBUS, &action, nullptr);
    if (sigsetjmp(before_fault, 1) != 0) return fault_address == bytes + 8;
    asm volatile("pushq (%0)\n popq %%rax" : : "r"(bytes + 8) : "rax", "memory");
    return false;
  });
  return all_succeed() ? 0 : 1;
}

/// A division by nothing, out of line: the fault is at the instruction.
int fault_in_division(bool, int) {
  auto& divisor = shared<int>();
  start([] { return true; });
  struct sigaction action {};
  action.sa_sigaction = leave_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGFPE, &action, nullptr);
  void* volatile instruction = nullptr;
  if (sigsetjmp(before_fault, 1) != 0) return all_succeed() && fault_address == instruction ? 0 : 1;
  int low = 1, high = 0;
  asm volatile("lea 1f(%%rip), %%rcx\n mov %%rcx, %2\n 1: idivl (%3)"
               : "+a"(low), "+d"(high), "=m"(instruction)
               : "r"(&divisor)
               : "rcx", "memory");
  return 2;
}

bool allow_ends_only() {
  sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{4, filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// In a sandbox, by instructions that run out of line, or by some that cannot.
int sandboxed(bool, int pushes) {
  auto& words = shared<std::array<volatile long, 2>>();
  start([&] {
    if (!allow_ends_only()) return false;
    words[0] = 1;
    if (pushes != 0)
      asm volatile("pushq (%0)\n popq 8(%0)" : : "r"(&words[0]) : "memory");
    else
      words[1] = words[0];
    return true;
  });
  return all_succeed() && words[1] == 1 ? 0 : 1;
}

/// In the kernel's own sandbox.
int strictly_sandboxed(bool, int) {
  start([] {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) return false;
    syscall(SYS_exit, 0);
    return true;
  });
  return all_succeed() ? 0 : 1;
}

int traced_by_parent(bool, int) {
  const pid_t child =
      start([] { return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) == 0 && raise(SIGSTOP) == 0; });
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return 1;
  return syscall(SYS_ptrace, PTRACE_CONT, child, 0, 0) == 0 && all_succeed() ? 0 : 2;
}

struct Owned {
  Mutex mutex{true};
  std::atomic<int> is_owned{0};
};

int take_over(Owned& owned) {
  await(owned.is_owned);
  if (owned.mutex.lock() != EOWNERDEAD) return 1;
  owned.mutex.make_consistent();
  owned.mutex.unlock();
  return all_succeed() ? 0 : 2;
}

/// The owner of a robust mutex becomes another program.
int robust_exec(bool, int) {
  auto& owned = shared<Owned>();
  start([&] {
    owned.mutex.lock();
    owned.is_owned = 1;
    execl("/bin/true", "true", nullptr);
    return false;
  });
  return take_over(owned);
}

/// An exec that fails changes nothing.
int failing_exec(bool, int) {
  auto& owned = shared<Owned>();
  start([&] {
    owned.mutex.lock();
    execl("/nowhere/at/all", "all", nullptr);
    ++owned.is_owned;
    owned.mutex.unlock();
    return errno == ENOENT;
  });
  if (owned.mutex.lock() != 0) return 1;
  ++owned.is_owned;
  owned.mutex.unlock();
  return all_succeed() && owned.is_owned == 2 ? 0 : 2;
}

/// The owner is killed because its parent has ended, by itself or by a signal.
int robust_orphan(bool, int signal) {
  auto& owned = shared<Owned>();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  start([&] {
    start([&] {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      owned.mutex.lock();
      owned.is_owned = 1;
      for (;;) pause();
      return false;
    });
    await(owned.is_owned);
    return signal == 0 || raise(signal) != 0;
  });
  await(owned.is_owned);
  if (owned.mutex.lock() != EOWNERDEAD) return 1;
  while (wait(nullptr) > 0) {
  }
  return 0;
}

/// Another thread of the owner's process gets the signal that ends both.
int robust_sibling(bool, int) {
  auto& owned = shared<Owned>();
  start([&] {
    std::thread([&] {
      owned.mutex.lock();
      owned.is_owned = 1;
      for (;;) pause();
    }).detach();
    await(owned.is_owned);
    return raise(SIGTERM) != 0;
  });
  await(owned.is_owned);
  const int locked = owned.mutex.lock();
  wait(nullptr);
  return locked == EOWNERDEAD ? 0 : 1;
}

/// The owner's group is killed.
int robust_group(bool, int) {
  auto& owned = shared<Owned>();
  const pid_t child = start([&] {
    setpgid(0, 0);
    owned.mutex.lock();
    owned.is_owned = 1;
    for (;;) pause();
    return false;
  });
  await(owned.is_owned);
  kill(-child, SIGKILL);
  wait(nullptr);
  return take_over(owned);
}

/// The owner kills itself, by each call that can.
int robust_suicide(bool, int how) {
  auto& owned = shared<Owned>();
  start([&] {
    setpgid(0, 0);
    owned.mutex.lock();
    owned.is_owned = 1;
    if (how == 0) raise(SIGKILL);
    if (how == 1) kill(0, SIGKILL);
    return sigqueue(getpid(), SIGKILL, sigval{}) != 0;
  });
  await(owned.is_owned);
  const int locked = owned.mutex.lock();
  wait(nullptr);
  return locked == EOWNERDEAD ? 0 : 1;
}

int* counted_by_handler = nullptr;
void count(int) { ++*counted_by_handler; }

/// A handler that runs with SIGSEGV blocked touches shared memory; the handler of SIGSEGV is still there.
int handler_blocks_segv(bool, int) {
  counted_by_handler = &shared<int>();
  start([] { return true; });
  struct sigaction action {};
  action.sa_sigaction = leave_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, nullptr);
  action = {};
  action.sa_handler = count;
  sigfillset(&action.sa_mask);
  sigaction(SIGUSR1, &action, nullptr);
  raise(SIGUSR1);
  if (*counted_by_handler != 1) return 1;
  if (sigsetjmp(before_fault, 1) == 0) {
    *reinterpret_cast<volatile int*>(8) = 1;
    return 2;
  }
  return all_succeed() && fault_address == reinterpret_cast<void*>(8) ? 0 : 3;
}

/// A file that moves away and back, and somebody who looks whether it is there.
int renamed_and_back(bool fixed, int) {
  char directory[] = "/tmp/squall-renamed-XXXXXX";
  if (mkdtemp(directory) == nullptr) return 9;
  const std::string here = std::string(directory) + "/here", away = std::string(directory) + "/away";
  close(open(here.c_str(), O_CREAT | O_WRONLY, 0600));
  start([&] { return rename(here.c_str(), away.c_str()) == 0 && rename(away.c_str(), here.c_str()) == 0; });
  start([&] {
    const auto is_away = [&] { return access(away.c_str(), F_OK) == 0; };
    const bool first = is_away(), second = is_away(), third = is_away();
    return fixed || first || !second || third;
  });
  const bool good = all_succeed();
  unlink(here.c_str());
  rmdir(directory);
  return good ? 0 : 1;
}

/// The first thread ends before the others, and the process is stopped as a whole meanwhile.
int first_thread_leaves(bool, int) {
  auto& goes_on = shared<std::atomic<int>>();
  const pid_t child = start([&] {
    std::thread([&] {
      await(goes_on);
      _exit(0);
    }).detach();
    pthread_exit(nullptr);
    return false;
  });
  kill(child, SIGSTOP);
  int status = 0;
  if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status)) return 1;
  goes_on = 1;
  kill(child, SIGCONT);
  return all_succeed() ? 0 : 2;
}

/// vfork and clone3 as the kernel has them: the child runs in the memory of its parent until it is gone.
int raw_children(bool, int) {
  auto& word = shared<std::atomic<int>>();
  start([&] { return ++word != 0; });
  const pid_t child = vfork();
  if (child == 0) {
    ++word;
    _exit(0);
  }
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  const long other = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (other == 0) {
    ++word;
    _exit(0);
  }
  return all_succeed() && word == 3 ? 0 : 1;
}

/// A read that a handler with SA_RESTART interrupts goes on; a bounded poll says so.
int restarted(bool, int) {
  int data[2], poked[2];
  if (pipe(data) != 0 || pipe(poked) != 0) return 9;
  auto& ready = shared<std::atomic<int>>();
  const pid_t child = start([&] {
    struct sigaction action {};
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, nullptr);
    ready = 1;
    char byte = 0;
    if (read(data[0], &byte, 1) != 1) return false;
    pollfd nothing{-1, 0, 0};
    while (handled < 2)
      if (poll(&nothing, 1, 3'600'000) != -1 || errno != EINTR) return handled == 2;
    return true;
  });
  await(ready);
  kill(child, SIGUSR1);
  if (write(data[1], "a", 1) != 1) return 1;
  sleep(1);
  kill(child, SIGUSR1);
  return all_succeed() ? 0 : 2;
}

/// Somebody becomes another program while others stand before their accesses.
int exec_among_accesses(bool, int) {
  auto& word = shared<std::atomic<int>>();
  start([&] {
    ++word;
    execl("/bin/true", "true", nullptr);
    return false;
  });
  for (int child = 0; child < 2; ++child)
    start([&] {
      for (int turn = 0; turn < 3; ++turn) ++word;
      return true;
    });
  return all_succeed() && word == 7 ? 0 : 1;
}

int unnamed_file() { return open("/tmp", O_TMPFILE | O_RDWR, 0600); }

/// Between reading a file and asking for its size it grows.
int grows(bool, int) {
  const int file = unnamed_file();
  start([&] { return pwrite(file, "12345678", 8, 0) == 8; });
  char bytes[16];
  const ssize_t size = pread(file, bytes, sizeof bytes, 0);
  struct stat status {};
  if (fstat(file, &status) != 0 || !all_succeed()) return 2;
  return status.st_size == size ? 0 : 1;
}

/// The second file may have the inode of the first: not where `fixed` keeps that in use.
int unnamed_after_another(bool fixed, int) {
  constexpr std::size_t page = 4096;
  const int first = unnamed_file();
  if (mmap(nullptr, page, PROT_READ, fixed ? MAP_PRIVATE : MAP_PRIVATE | MAP_ANONYMOUS, first, 0) ==
      MAP_FAILED)
    return 2;
  close(first);
  const int second = unnamed_file();
  start([&] { return pwrite(second, "a", 1, 0) == 1; });
  char byte = 0;
  const ssize_t size = pread(second, &byte, 1, 0);
  return all_succeed() && size == 0 ? 0 : 1;
}

/// Asked for twice, and between them somebody else may change it.
int changes_group(bool, int) {
  int ends[2];
  if (pipe(ends) != 0) return 2;
  const pid_t child = start([&] {
    const pid_t before = getpgrp();
    return write(ends[1], "a", 1) == 1 && getpgrp() == before;
  });
  char byte = 0;
  if (read(ends[0], &byte, 1) != 1) return 3;
  setpgid(child, child);
  return all_succeed() ? 0 : 1;
}

int changes_nice(bool, int) {
  const pid_t parent = getpid();
  start([&] { return setpriority(PRIO_PROCESS, id_t(parent), 5) == 0; });
  const int before = getpriority(PRIO_PROCESS, 0);
  const bool good = getpriority(PRIO_PROCESS, 0) == before;
  return all_succeed() && good ? 0 : 1;
}

int changes_processors(bool, int) {
  const pid_t parent = getpid();
  cpu_set_t first, before, after;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  start([&] { return sched_setaffinity(parent, sizeof first, &first) == 0; });
  sched_getaffinity(0, sizeof before, &before);
  sched_getaffinity(0, sizeof after, &after);
  return all_succeed() && CPU_EQUAL(&before, &after) ? 0 : 1;
}

int changes_directory(bool, int) {
  char name[] = "/tmp/controlled-XXXXXX";
  if (mkdtemp(name) == nullptr) return 2;
  const std::string other = std::string(name) + "-moved";
  start([&] {
    char before[PATH_MAX], after[PATH_MAX];
    if (chdir(name) != 0) return true;  // it has been moved already
    return getcwd(before, sizeof before) != nullptr && getcwd(after, sizeof after) != nullptr &&
           std::string_view(before) == after;
  });
  const bool is_moved = rename(name, other.c_str()) == 0;
  const bool good = all_succeed();
  return rmdir(other.c_str()) == 0 && is_moved && good ? 0 : 1;
}

}  // namespace

const std::vector<Entry> edges = {
    {"stopped-at-once", stopped_at_once},
    {"handler-with-addresses", handler_with_addresses},
    {"signal-before-push", signal_before_push},
    {"fault-in-push", fault_in_push},
    {"sandboxed", sandboxed, 0},
    {"sandboxed-push", sandboxed, 1},
    {"strictly-sandboxed", strictly_sandboxed},
    {"traced-by-parent", traced_by_parent},
    {"fault-in-division", fault_in_division},
    {"robust-exec", robust_exec},
    {"failing-exec", failing_exec},
    {"robust-orphan", robust_orphan, 0},
    {"robust-orphan-of-signal", robust_orphan, SIGTERM},
    {"robust-sibling", robust_sibling},
    {"robust-group", robust_group},
    {"robust-raise", robust_suicide, 0},
    {"robust-own-group", robust_suicide, 1},
    {"robust-sigqueue", robust_suicide, 2},
    {"handler-blocks-segv", handler_blocks_segv},
    {"renamed-and-back", renamed_and_back},
    {"first-thread-leaves", first_thread_leaves},
    {"raw-children", raw_children},
    {"restarted", restarted},
    {"exec-among-accesses", exec_among_accesses},
    {"grows", grows},
    {"unnamed-after-another", unnamed_after_another},
    {"changes-group", changes_group},
    {"changes-directory", changes_directory},
    {"changes-nice", changes_nice},
    {"changes-processors", changes_processors},
};

}  // namespace programs
