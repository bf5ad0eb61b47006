#include "harness/engine/controlled/machine.h"

#include "harness/engine/controlled/objects.h"
#include "harness/engine/controlled/program_memory.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace squall::controlled {
namespace {

constexpr std::uint64_t processors = 0xf;  ///< four of them
constexpr std::size_t most_random_bytes = (1 << 25) - 1;  ///< at once: random(4)
constexpr std::size_t random_words = 1 << 13;             ///< that are made at once

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

bool is_about_itself(const Task& task, unsigned argument = 0) {
  const auto whom = static_cast<pid_t>(task.call.arguments[argument]);
  return whom == 0 || whom == task.tid;
}

/// Of others it is only known whether they are there.
bool is_about_nobody(const Task& task, unsigned argument = 0) {
  return !is_about_itself(task, argument) && getpgid(static_cast<pid_t>(task.call.arguments[argument])) < 0;
}

std::uint64_t tell_processors(const Task& task) {
  if (task.call.arguments[1] < sizeof processors) return failed_with(EINVAL);
  if (is_about_nobody(task)) return failed_with(ESRCH);
  const std::uint64_t& told = is_about_itself(task) ? task.affinity : processors;
  const std::size_t size = program_write(task, task.call.arguments[2], &told, sizeof told);
  return size < sizeof told ? failed_with(EFAULT) : size;
}

std::uint64_t set_processors(Task& task) {
  std::uint64_t wanted = 0;
  const std::size_t size = std::min<std::size_t>(task.call.arguments[1], sizeof wanted);
  if (program_read(task, task.call.arguments[2], &wanted, size) != size) return failed_with(EFAULT);
  if (is_about_nobody(task)) return failed_with(ESRCH);
  if ((wanted & processors) == 0) return failed_with(EINVAL);
  if (is_about_itself(task)) task.affinity = wanted & processors;
  return 0;
}

/// getpriority(2) and setpriority(2) take a process, a group or a user.
std::optional<std::uint64_t> refusal_of_nice(const Task& task) {
  if (task.call.arguments[0] > PRIO_USER) return failed_with(EINVAL);
  if (task.call.arguments[0] == PRIO_PROCESS && is_about_nobody(task, 1)) return failed_with(ESRCH);
  return std::nullopt;
}

bool is_about_own_nice(const Task& task) {
  return task.call.arguments[0] == PRIO_PROCESS && is_about_itself(task, 1);
}

/// The kernel tells what is never negative.
std::uint64_t tell_nice(const Task& task) {
  constexpr int least = 20;
  if (const auto refusal = refusal_of_nice(task)) return *refusal;
  return static_cast<std::uint64_t>(least - (is_about_own_nice(task) ? task.nice : 0));
}

std::uint64_t set_nice(Task& task) {
  constexpr int best = -20, worst = 19;
  if (const auto refusal = refusal_of_nice(task)) return *refusal;
  if (is_about_own_nice(task)) task.nice = std::clamp(static_cast<int>(task.call.arguments[2]), best, worst);
  return 0;
}

/// sched_setscheduler(2): real-time policies have priorities, others have none.
bool is_sound(int policy, int priority) {
  constexpr int most = 99;
  switch (policy & ~SCHED_RESET_ON_FORK) {
    case SCHED_FIFO:
    case SCHED_RR:
      return priority >= 1 && priority <= most;
    case SCHED_OTHER:
    case SCHED_BATCH:
    case SCHED_IDLE:
    case SCHED_DEADLINE:
      return priority == 0;
    default:
      return false;
  }
}

/// sched_setparam keeps the policy.
std::uint64_t set_scheduler(Task& task) {
  const bool by_attributes = task.call.number == SYS_sched_setattr;
  const bool keeps_policy = task.call.number == SYS_sched_setparam;
  const Address at = task.call.arguments[task.call.number == SYS_sched_setscheduler ? 2 : 1];
  const auto attributes = by_attributes ? program_value<Attributes>(task, at) : std::nullopt;
  const auto priority = program_value<int>(task, at);
  if (!priority || (by_attributes && !attributes)) return failed_with(EFAULT);
  if (is_about_nobody(task)) return failed_with(ESRCH);
  const int wanted = by_attributes ? static_cast<int>(attributes->priority) : *priority;
  int policy = keeps_policy ? task.policy : static_cast<int>(task.call.arguments[1]);
  if (by_attributes) policy = static_cast<int>(attributes->policy);
  const bool is_unknown = keeps_policy && !is_about_itself(task);
  if (!is_unknown && !is_sound(policy, wanted)) return failed_with(EINVAL);
  if (!is_about_itself(task)) return 0;
  task.priority = wanted;
  task.policy = policy & ~SCHED_RESET_ON_FORK;
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
    case SYS_getpriority:
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
    case SYS_sched_setaffinity:
      registers.rax = set_processors(task);
      break;
    case SYS_getpriority:
      registers.rax = tell_nice(task);
      break;
    case SYS_setpriority:
      registers.rax = set_nice(task);
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
