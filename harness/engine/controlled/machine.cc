#include "harness/engine/controlled/machine.h"

#include "harness/engine/controlled/objects.h"
#include "harness/engine/controlled/program_memory.h"

#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace squall::controlled {
namespace {

constexpr std::uint64_t processors = 0xf;  ///< four of them
constexpr std::size_t most_random_bytes = 1 << 16;

std::uint64_t failed_with(int error) { return static_cast<std::uint64_t>(-std::int64_t{error}); }

/// Bytes that depend on who asks, and on how often he has asked before.
std::uint64_t give_random_bytes(Task& task) {
  const std::size_t size = std::min<std::size_t>(task.call.arguments[1], most_random_bytes);
  std::vector<std::uint64_t> words(size / sizeof(std::uint64_t) + 1);
  for (std::uint64_t& word : words) word = mixed({mixed(task.lineage), ++task.made, 7});
  const std::size_t given = program_write(task, task.call.arguments[0], words.data(), size);
  return given == 0 && size != 0 ? failed_with(EFAULT) : given;
}

std::uint64_t tell_processors(const Task& task) {
  if (task.call.arguments[1] < sizeof processors) return failed_with(EINVAL);
  const std::size_t told = program_write(task, task.call.arguments[2], &processors, sizeof processors);
  return told < sizeof processors ? failed_with(EFAULT) : told;
}

}  // namespace

bool answers(long number) {
  switch (number) {
    case SYS_clock_gettime:
    case SYS_gettimeofday:
    case SYS_time:
    case SYS_getrandom:
    case SYS_sched_getaffinity:
    case SYS_sched_setaffinity:
    case SYS_sched_setscheduler:
    case SYS_sched_setparam:
    case SYS_sched_setattr:
    case SYS_setpriority:
      return true;
    default:
      return false;
  }
}

bool answer_about_machine(Task& task, Registers& registers) {
  if (!answers(task.call.number)) return false;
  switch (task.call.number) {
    case SYS_getrandom:
      registers.rax = give_random_bytes(task);
      break;
    case SYS_sched_getaffinity:
      registers.rax = tell_processors(task);
      break;
    default:
      registers.rax = 0;
      break;
  }
  registers.orig_rax = ~0ULL;
  return true;
}

}  // namespace squall::controlled
