#include "harness/engine/controlled/machine.h"

#include "harness/engine/controlled/objects.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/scheduler.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>
#include <vector>

namespace squall::controlled {
namespace {

constexpr std::size_t most_random_bytes = (1 << 25) - 1;  ///< at once: random(4)
constexpr std::size_t random_words = 1 << 13;             ///< that are made at once

std::uint64_t failed_with(int error) { return static_cast<std::uint64_t>(-std::int64_t{error}); }

/// Bytes that depend on who asks, and on how often he has asked before.
std::uint64_t give_random_bytes(Task& task, Address to, std::size_t wanted) {
  const std::size_t size = std::min(wanted, most_random_bytes);
  const std::uint64_t who = mixed(task.lineage);
  std::vector<std::uint64_t> words;
  std::size_t given = 0;
  for (std::size_t piece = 0, written = 0; given < size && written == piece; given += written) {
    piece = std::min(size - given, random_words * sizeof(std::uint64_t));
    words.resize(piece / sizeof(std::uint64_t) + 1);
    for (std::uint64_t& word : words) word = mixed({who, ++task.made, 7});
    written = program_write(task, to + given, words.data(), piece);
  }
  return given == 0 && size != 0 ? failed_with(EFAULT) : given;
}

/// The task runs where it may, on the first of them; the machine has one node.
std::uint64_t tell_processor(const Task& task) {
  const auto processor = static_cast<unsigned>(std::countr_zero(affinity_of(task)));
  const unsigned node = 0;
  const auto& arguments = task.call.arguments;
  const auto is_told = [&](Address at, const unsigned& value) {
    return at == 0 || program_write(task, at, &value, sizeof value) == sizeof value;
  };
  return is_told(arguments[0], processor) && is_told(arguments[1], node) ? 0 : failed_with(EFAULT);
}

/// Of processor time with real-time priority: the tracer's bound is not the program's.
std::uint64_t tell_limit(const Task& task, Address at) {
  const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
  return at == 0 || program_write(task, at, &none, sizeof none) == sizeof none ? 0 : failed_with(EFAULT);
}

bool is_random_device(ObjectId object) {
  static const ObjectId devices[] = {mixed("/dev/urandom"), mixed("/dev/random")};
  return object == devices[0] || object == devices[1];
}

/// Memory that the tracer may not look into would be out of control.
std::optional<std::int64_t> set_dumpable(Process& process, std::uint64_t value) {
  if (value > 1) return std::nullopt;
  process.is_dumpable = value == 1;
  return 0;
}

}  // namespace

bool answers(const CallAtEntry& call) {
  switch (call.number) {
    case SYS_getrlimit:
      return call.arguments[0] == RLIMIT_RTTIME;
    case SYS_prlimit64:
      return call.arguments[1] == RLIMIT_RTTIME;
    case SYS_clock_gettime:
    case SYS_gettimeofday:
    case SYS_time:
    case SYS_getrandom:
    case SYS_getcpu:
      return true;
    default:
      return false;
  }
}

bool answer_about_machine(Task& task, Registers& registers) {
  if (!answers(task.call)) return false;
  switch (task.call.number) {
    case SYS_getrandom:
      registers.rax = give_random_bytes(task, task.call.arguments[0], task.call.arguments[1]);
      break;
    case SYS_getcpu:
      registers.rax = tell_processor(task);
      break;
    case SYS_getrlimit:
      registers.rax = tell_limit(task, task.call.arguments[1]);
      break;
    default:
      registers.rax = tell_limit(task, task.call.arguments[3]);
      break;
  }
  registers.orig_rax = ~0ULL;
  return true;
}

std::optional<std::int64_t> answer_as_machine(Task& task, const TaskTable& tasks) {
  const auto& arguments = task.call.arguments;
  if (is_about_scheduler(task.call.number)) return answer_about_scheduler(task, tasks);
  switch (task.call.number) {
    case SYS_read:
    case SYS_pread64:
      if (!is_random_device(task.object)) return std::nullopt;
      return give_random_bytes(task, arguments[1],
                               task.shortened != 0 ? std::exchange(task.shortened, 0) : arguments[2]);
    case SYS_prctl:
      if (arguments[0] == PR_SET_DUMPABLE) return set_dumpable(*task.process, arguments[1]);
      if (arguments[0] == PR_GET_DUMPABLE) return task.process->is_dumpable ? 1 : 0;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace squall::controlled
