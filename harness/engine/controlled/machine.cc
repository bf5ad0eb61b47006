#include "harness/engine/controlled/machine.h"

#include "harness/engine/controlled/objects.h"
#include "harness/engine/controlled/program_memory.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace squall::controlled {
namespace {

constexpr std::uint64_t processors = 0xf;  ///< four of them
constexpr std::size_t most_random_bytes = 1 << 16;

/// struct sched_attr, as it was first.
struct Attributes {
  std::uint32_t size = 48, policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
};

std::uint64_t failed_with(int error) { return static_cast<std::uint64_t>(-std::int64_t{error}); }

/// Bytes that depend on who asks, and on how often he has asked before.
std::uint64_t give_random_bytes(Task& task, Address to, std::size_t wanted) {
  const std::size_t size = std::min(wanted, most_random_bytes);
  std::vector<std::uint64_t> words(size / sizeof(std::uint64_t) + 1);
  for (std::uint64_t& word : words) word = mixed({mixed(task.lineage), ++task.made, 7});
  const std::size_t given = program_write(task, to, words.data(), size);
  return given == 0 && size != 0 ? failed_with(EFAULT) : given;
}

std::uint64_t tell_processors(const Task& task) {
  if (task.call.arguments[1] < sizeof processors) return failed_with(EINVAL);
  const std::size_t told = program_write(task, task.call.arguments[2], &processors, sizeof processors);
  return told < sizeof processors ? failed_with(EFAULT) : told;
}

bool is_about_itself(const Task& task) {
  const auto whom = static_cast<pid_t>(task.call.arguments[0]);
  return whom == 0 || whom == task.tid;
}

/// sched_setparam keeps the policy.
std::uint64_t set_scheduler(Task& task) {
  const bool by_attributes = task.call.number == SYS_sched_setattr;
  const bool keeps_policy = task.call.number == SYS_sched_setparam;
  const Address at = task.call.arguments[task.call.number == SYS_sched_setscheduler ? 2 : 1];
  const auto attributes = by_attributes ? program_value<Attributes>(task, at) : std::nullopt;
  const auto priority = program_value<int>(task, at);
  if (!priority || (by_attributes && !attributes)) return failed_with(EFAULT);
  if (!is_about_itself(task)) return 0;
  task.priority = by_attributes ? static_cast<int>(attributes->priority) : *priority;
  if (by_attributes) task.policy = static_cast<int>(attributes->policy);
  if (!by_attributes && !keeps_policy) task.policy = static_cast<int>(task.call.arguments[1]);
  return 0;
}

std::uint64_t tell_scheduler(const Task& task) {
  const bool itself = is_about_itself(task);
  Attributes attributes;
  attributes.policy = static_cast<std::uint32_t>(itself ? task.policy : SCHED_OTHER);
  attributes.priority = static_cast<std::uint32_t>(itself ? task.priority : 0);
  const bool wants_all = task.call.number == SYS_sched_getattr;
  if (wants_all && task.call.arguments[2] < sizeof attributes) return failed_with(EINVAL);
  const void* const from = wants_all ? static_cast<const void*>(&attributes) : &attributes.priority;
  const std::size_t size = wants_all ? sizeof attributes : sizeof attributes.priority;
  return program_write(task, task.call.arguments[1], from, size) == size ? 0 : failed_with(EFAULT);
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
    case SYS_sched_getscheduler:
    case SYS_sched_getparam:
    case SYS_sched_getattr:
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
  if (!answers(task.call)) return false;
  switch (task.call.number) {
    case SYS_getrandom:
      registers.rax = give_random_bytes(task, task.call.arguments[0], task.call.arguments[1]);
      break;
    case SYS_sched_getaffinity:
      registers.rax = tell_processors(task);
      break;
    case SYS_sched_setscheduler:
    case SYS_sched_setparam:
    case SYS_sched_setattr:
      registers.rax = set_scheduler(task);
      break;
    case SYS_sched_getscheduler:
      registers.rax = static_cast<std::uint64_t>(is_about_itself(task) ? task.policy : SCHED_OTHER);
      break;
    case SYS_sched_getparam:
    case SYS_sched_getattr:
      registers.rax = tell_scheduler(task);
      break;
    case SYS_getrlimit:
      registers.rax = tell_limit(task, task.call.arguments[1]);
      break;
    case SYS_prlimit64:
      registers.rax = tell_limit(task, task.call.arguments[3]);
      break;
    default:
      registers.rax = 0;
      break;
  }
  registers.orig_rax = ~0ULL;
  return true;
}

std::optional<std::int64_t> answer_as_machine(Task& task) {
  const auto& arguments = task.call.arguments;
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
