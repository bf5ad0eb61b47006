// Programs that map files which others write by descriptors.
#include "tests/harness/engine/controlled/programs/processes.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>

namespace programs {
namespace {

constexpr long page = 4096;

const char* map_to_read(int file) {
  return static_cast<const char*>(mmap(nullptr, page, PROT_READ, MAP_SHARED, file, 0));
}

/// Nobody has written between two looks.
bool stays(const volatile char* byte) {
  const char first = *byte, second = *byte;
  return first == second;
}

bool write_byte(int file) { return pwrite(file, "a", 1, 0) == 1; }

/// By a descriptor that whoever maps the file has too.
int written_by_descriptor(bool, int) {
  const int file = memfd_create("bytes", 0);
  if (ftruncate(file, page) != 0) return 9;
  const char* const bytes = map_to_read(file);
  start([&] { return write_byte(file); });
  const bool good = stays(bytes);
  return all_succeed() && good ? 0 : 1;
}

/// By one that is there before it is mapped, or opened afterwards.
int written_elsewhere(bool, int opened_later) {
  char name[] = "/tmp/squall-written-XXXXXX";
  const int made = mkstemp(name);
  if (ftruncate(made, page) != 0) return 9;
  if (opened_later != 0) close(made);
  const int file = open(name, O_RDONLY);
  start([&] { return write_byte(opened_later != 0 ? open(name, O_WRONLY) : made); });
  if (opened_later == 0) close(made);
  const char* const bytes = map_to_read(file);
  sched_yield();
  const bool good = stays(bytes);
  const bool succeeded = all_succeed();
  unlink(name);
  return succeeded && good ? 0 : 1;
}

/// By another program, to which it was left open.
int written_by_program(bool, int) {
  const int file = memfd_create("bytes", 0);
  if (ftruncate(file, page) != 0 || dup2(file, 7) != 7) return 9;
  const char* const bytes = map_to_read(file);
  char shell[] = "sh", option[] = "-c", command[] = "printf a >&7";
  char* words[] = {shell, option, command, nullptr};
  if (vfork() == 0) {
    execv("/bin/sh", words);
    _exit(9);
  }
  const bool good = stays(bytes);
  return all_succeed() && good ? 0 : 1;
}

/// What nobody writes.
int read_by_two(bool, int) {
  const char* const bytes = map_to_read(open("/proc/self/exe", O_RDONLY));
  start([&] { return bytes[0] == 0x7f && bytes[1] == 'E'; });
  return bytes[2] == 'L' && all_succeed() ? 0 : 1;
}

/// Both are at first as the device is, and each mapping is memory of its own.
int mapped_zeroes(bool, int) {
  const int zero = open("/dev/zero", O_RDWR);
  const auto map = [&] {
    return static_cast<volatile int*>(mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0));
  };
  volatile int *const counter = map(), *const other = map();
  const auto add = [&] {
    const int before = *counter;
    *counter = before + 1;
    return true;
  };
  start(add);
  add();
  if (!all_succeed() || *other != 0) return 2;
  return *counter == 2 ? 0 : 1;
}

/// As a compiler at run time has it: written through one mapping, run through another.
int code_mapped_twice(bool, int) {
  const int file = memfd_create("code", 0);
  if (ftruncate(file, page) != 0) return 9;
  void* const to_write = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  void* const to_run = mmap(nullptr, page, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
  // push rbp; mov rbp,rsp; mov [rbp-8],edi; mov eax,[rbp-8]; add eax,1; pop rbp; ret
  constexpr unsigned char adds_one[] = {0x55, 0x48, 0x89, 0xe5, 0x89, 0x7d, 0xf8, 0x8b,
                                        0x45, 0xf8, 0x83, 0xc0, 0x01, 0x5d, 0xc3};
  memcpy(to_write, adds_one, sizeof adds_one);
  const auto call = [&] { return reinterpret_cast<int (*)(int)>(to_run)(41) == 42; };
  start(call);
  return call() && all_succeed() ? 0 : 1;
}

/// Where the kernel is to put it: in shared memory.
int numbers_in_shared_memory(bool, int) {
  struct Told {
    std::atomic<int> parent, child, process;
  };
  auto& told = shared<Told>();
  start([&] { return told.parent == 0; });
  if (!all_succeed()) return 2;
  clone_args wanted{};
  wanted.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_PIDFD;
  wanted.parent_tid = reinterpret_cast<std::uintptr_t>(&told.parent);
  wanted.child_tid = reinterpret_cast<std::uintptr_t>(&told.child);
  wanted.pidfd = reinterpret_cast<std::uintptr_t>(&told.process);
  wanted.exit_signal = SIGCHLD;
  const auto child = static_cast<pid_t>(syscall(SYS_clone3, &wanted, sizeof wanted));
  if (child == 0) _exit(0);
  if (!all_succeed()) return 3;
  return told.parent == child && told.child == child && told.process > 2 ? 0 : 1;
}

/// Between the look at what is in it and the mapping of it.
int cut_short(bool, int) {
  const int file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  if (pwrite(file, "12345678", 8, 0) != 8) return 9;
  start([&] { return ftruncate(file, 0) == 0; });
  char byte = 0;
  if (pread(file, &byte, 1, 0) == 1) {
    const auto* const bytes =
        static_cast<volatile char*>(mmap(nullptr, page, PROT_READ, MAP_PRIVATE, file, 0));
    byte = bytes[0];
  }
  return all_succeed() ? 0 : 1;
}

}  // namespace

const std::vector<Entry> files = {
    {"written-by-descriptor", written_by_descriptor},
    {"written-elsewhere", written_elsewhere, 0},
    {"written-later", written_elsewhere, 1},
    {"written-by-program", written_by_program},
    {"read-by-two", read_by_two},
    {"mapped-zeroes", mapped_zeroes},
    {"cut-short", cut_short},
    {"numbers-in-shared-memory", numbers_in_shared_memory},
    {"code-mapped-twice", code_mapped_twice},
};

}  // namespace programs
