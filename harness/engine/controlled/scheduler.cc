#include "harness/engine/controlled/scheduler.h"

#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/program_memory.h"

#include <fmt/format.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

namespace squall::controlled {
namespace {

/// struct sched_attr.
struct Attributes {
  std::uint32_t size = 56, policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
  std::uint32_t least_use = 0, most_use = 0;
};

constexpr std::size_t first_size = 48;  ///< of struct sched_attr
constexpr std::size_t page = 4096;
constexpr std::uint32_t same_policy = ~0U;

constexpr int best_nice = -20, worst_nice = 19;

std::uint64_t failed_with(int error) { return static_cast<std::uint64_t>(-std::int64_t{error}); }

/// Four, or as many as there are: programs count them in other ways too.
std::uint64_t processors() {
  constexpr long most = 4;
  static const std::uint64_t all =
      (std::uint64_t{1} << std::clamp(sysconf(_SC_NPROCESSORS_CONF), 1L, most)) - 1;
  return all;
}

/// Whom a call is about.
struct Target {
  Task* task = nullptr;  ///< null: he is not traced
  bool is_there = true;
};

Target target_of(Task& asker, const TaskTable& tasks, unsigned argument = 0) {
  const auto whom = static_cast<pid_t>(asker.call.arguments[argument]);
  if (whom == 0) return {&asker};
  const auto found = tasks.find(whom);
  if (found != tasks.end()) return {found->second.get()};
  return {nullptr, getpgid(whom) >= 0};
}

std::uint64_t tell_processors(Task& task, const TaskTable& tasks) {
  std::uint64_t told = processors();
  const auto room = static_cast<std::uint32_t>(task.call.arguments[1]);
  if (room < sizeof told || room % sizeof told != 0) return failed_with(EINVAL);
  const Target target = target_of(task, tasks);
  if (!target.is_there) return failed_with(ESRCH);
  if (target.task != nullptr) told = affinity_of(*target.task);
  const std::size_t size = program_write(task, task.call.arguments[2], &told, sizeof told);
  return size < sizeof told ? failed_with(EFAULT) : size;
}

std::uint64_t set_processors(Task& task, const TaskTable& tasks) {
  std::uint64_t wanted = 0;
  const std::size_t size = std::min<std::size_t>(task.call.arguments[1], sizeof wanted);
  if (program_read(task, task.call.arguments[2], &wanted, size) != size) return failed_with(EFAULT);
  const Target target = target_of(task, tasks);
  if (!target.is_there) return failed_with(ESRCH);
  if ((wanted & processors()) == 0) return failed_with(EINVAL);
  if (target.task != nullptr) target.task->scheduling.affinity = wanted & processors();
  return 0;
}

/// Numbers of the kernel's, of 32 bits; where there are none, one of 64.
std::uint64_t group_of(pid_t tid) { return static_cast<std::uint64_t>(getpgid(tid)); }

std::uint64_t user_of(pid_t tid) {
  struct stat status {};
  return stat(fmt::format("/proc/{}", tid).c_str(), &status) == 0 ? status.st_uid : UINT64_MAX;
}

/// Whom getpriority(2) or setpriority(2) is about, as far as they are traced. Nothing: it is about nobody.
std::optional<std::vector<Task*>> niced(Task& asker, const TaskTable& tasks) {
  std::vector<Task*> found;
  if (asker.call.arguments[0] == PRIO_PROCESS) {
    const Target target = target_of(asker, tasks, 1);
    if (!target.is_there) return std::nullopt;
    if (target.task != nullptr) found.push_back(target.task);
    return found;
  }
  const auto property = asker.call.arguments[0] == PRIO_PGRP ? group_of : user_of;
  const auto who = static_cast<std::uint32_t>(asker.call.arguments[1]);
  const std::uint64_t wanted = who == 0 ? property(asker.tid) : who;
  for (const auto& [tid, task] : tasks)
    if (property(tid) == wanted) found.push_back(task.get());
  const auto is_meant = [&](pid_t pid) { return property(pid) == wanted; };
  if (found.empty() && std::ranges::none_of(foreign::processes(), is_meant)) return std::nullopt;
  return found;
}

bool is_known_kind(const Task& asker) { return asker.call.arguments[0] <= PRIO_USER; }

/// The kernel tells what is never negative; of several, the best.
std::uint64_t tell_nice(Task& asker, const TaskTable& tasks) {
  constexpr int least = 20;
  if (!is_known_kind(asker)) return failed_with(EINVAL);
  const auto found = niced(asker, tasks);
  if (!found) return failed_with(ESRCH);
  int best = found->empty() ? 0 : worst_nice;
  for (const Task* task : *found) best = std::min(best, task->scheduling.nice);
  return static_cast<std::uint64_t>(least - best);
}

std::uint64_t set_nice(Task& asker, const TaskTable& tasks) {
  if (!is_known_kind(asker)) return failed_with(EINVAL);
  const auto found = niced(asker, tasks);
  if (!found) return failed_with(ESRCH);
  for (Task* task : *found)
    task->scheduling.nice = std::clamp(static_cast<int>(asker.call.arguments[2]), best_nice, worst_nice);
  return 0;
}

bool is_real_time(int policy) { return policy == SCHED_FIFO || policy == SCHED_RR; }

/// sched(7), "SCHED_DEADLINE".
bool is_sound_deadline(const Attributes& wanted) {
  constexpr std::uint64_t least_runtime = 1024, least_period = 100'000, most_period = 1000 * (1ULL << 22);
  const std::uint64_t period = wanted.period == 0 ? wanted.deadline : wanted.period;
  return wanted.runtime >= least_runtime && wanted.runtime <= wanted.deadline && wanted.deadline <= period &&
         period >= least_period && period <= most_period;
}

/// sched_setscheduler(2): real-time policies have priorities, others have none.
bool is_sound(const Attributes& wanted) {
  constexpr std::uint32_t most = 99;
  constexpr std::uint64_t known_flags = SCHED_FLAG_ALL;
  if ((wanted.flags & ~known_flags) != 0) return false;
  switch (wanted.policy) {
    case SCHED_FIFO:
    case SCHED_RR:
      return wanted.priority >= 1 && wanted.priority <= most;
    case SCHED_DEADLINE:
      return wanted.priority == 0 && is_sound_deadline(wanted);
    case SCHED_OTHER:
    case SCHED_BATCH:
    case SCHED_IDLE:
      return wanted.priority == 0;
    default:
      return false;
  }
}

/// What a newer kernel would know.
bool says_more(const Task& task, Address at, std::size_t size) {
  if (size <= sizeof(Attributes)) return false;
  std::vector<char> rest(size - sizeof(Attributes));
  program_read(task, at + sizeof(Attributes), rest.data(), rest.size());
  return std::ranges::any_of(rest, [](char byte) { return byte != 0; });
}

/// The error; 0: none. Source: kernel/sched/syscalls.c, sched_copy_attr.
int read_attributes(const Task& task, Address at, Attributes& wanted) {
  const auto told = program_value<std::uint32_t>(task, at);
  if (!told) return EFAULT;
  const std::size_t size = *told == 0 ? first_size : *told;
  if (size < first_size || size > page || says_more(task, at, size)) {
    const std::uint32_t own = sizeof wanted;
    program_write(task, at, &own, sizeof own);
    return E2BIG;
  }
  const std::size_t known = std::min(size, sizeof wanted);
  if (program_read(task, at, &wanted, known) != known) return EFAULT;
  if ((wanted.flags & SCHED_FLAG_UTIL_CLAMP) != 0 && size < sizeof wanted) return EINVAL;
  if (static_cast<int>(wanted.policy) < 0) return EINVAL;
  if ((wanted.flags & SCHED_FLAG_KEEP_POLICY) != 0) wanted.policy = same_policy;
  return 0;
}

/// The same for all three calls that set them. sched_setparam keeps the policy.
int read_wish(const Task& task, Attributes& wanted) {
  const bool sets_policy = task.call.number == SYS_sched_setscheduler;
  const bool by_attributes = task.call.number == SYS_sched_setattr;
  const auto& arguments = task.call.arguments;
  const Address at = arguments[sets_policy ? 2 : 1];
  const auto policy = static_cast<int>(arguments[1]);
  const bool has_flags = by_attributes && static_cast<std::uint32_t>(arguments[2]) != 0;
  if (at == 0 || static_cast<pid_t>(arguments[0]) < 0 || has_flags || (sets_policy && policy < 0))
    return EINVAL;
  if (by_attributes) return read_attributes(task, at, wanted);
  const auto priority = program_value<std::uint32_t>(task, at);
  if (!priority) return EFAULT;
  wanted.priority = *priority;
  wanted.policy = sets_policy ? static_cast<std::uint32_t>(policy & ~SCHED_RESET_ON_FORK) : same_policy;
  if (sets_policy && (policy & SCHED_RESET_ON_FORK) != 0) wanted.flags = SCHED_FLAG_RESET_ON_FORK;
  return 0;
}

/// What the call leaves as it is.
void complete(Attributes& wanted, const Scheduling& before, bool by_attributes) {
  const bool keeps_all = (wanted.flags & SCHED_FLAG_KEEP_PARAMS) != 0;
  if (keeps_all && is_real_time(before.policy)) wanted.priority = static_cast<std::uint32_t>(before.priority);
  if (!by_attributes || (keeps_all && !is_real_time(before.policy))) wanted.nice = before.nice;
  if (wanted.policy != same_policy) return;
  wanted.policy = static_cast<std::uint32_t>(before.policy);
  wanted.flags &= ~std::uint64_t{SCHED_FLAG_RESET_ON_FORK};
  if (before.resets_on_fork) wanted.flags |= SCHED_FLAG_RESET_ON_FORK;
}

std::uint64_t set_scheduler(Task& task, const TaskTable& tasks) {
  Attributes wanted;
  if (const int error = read_wish(task, wanted); error != 0) return failed_with(error);
  const Target target = target_of(task, tasks);
  if (!target.is_there) return failed_with(ESRCH);
  if (target.task == nullptr && wanted.policy == same_policy) return 0;
  Scheduling stranger;
  Scheduling& scheduling = target.task == nullptr ? stranger : target.task->scheduling;
  complete(wanted, scheduling, task.call.number == SYS_sched_setattr);
  if (!is_sound(wanted)) return failed_with(EINVAL);
  scheduling.policy = static_cast<int>(wanted.policy);
  scheduling.priority = static_cast<int>(wanted.priority);
  scheduling.resets_on_fork = (wanted.flags & SCHED_FLAG_RESET_ON_FORK) != 0;
  if (!is_real_time(scheduling.policy)) scheduling.nice = std::clamp(wanted.nice, best_nice, worst_nice);
  return 0;
}

std::uint64_t tell_policy(Task& task, const TaskTable& tasks) {
  if (static_cast<pid_t>(task.call.arguments[0]) < 0) return failed_with(EINVAL);
  const Target target = target_of(task, tasks);
  if (!target.is_there) return failed_with(ESRCH);
  if (target.task == nullptr) return SCHED_OTHER;
  const Scheduling& told = target.task->scheduling;
  return static_cast<std::uint64_t>(told.policy | (told.resets_on_fork ? SCHED_RESET_ON_FORK : 0));
}

Attributes attributes_of(const Scheduling& scheduling) {
  Attributes told;
  told.policy = static_cast<std::uint32_t>(scheduling.policy);
  told.priority = static_cast<std::uint32_t>(scheduling.priority);
  told.flags = scheduling.resets_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
  told.nice = is_real_time(scheduling.policy) ? 0 : scheduling.nice;
  return told;
}

std::uint64_t tell_scheduler(Task& task, const TaskTable& tasks) {
  const auto& arguments = task.call.arguments;
  const bool wants_all = task.call.number == SYS_sched_getattr;
  const auto room = static_cast<std::uint32_t>(arguments[2]),
             flags = static_cast<std::uint32_t>(arguments[3]);
  if (arguments[1] == 0 || static_cast<pid_t>(arguments[0]) < 0) return failed_with(EINVAL);
  if (wants_all && (room < first_size || room > page || flags != 0)) return failed_with(EINVAL);
  const Target target = target_of(task, tasks);
  if (!target.is_there) return failed_with(ESRCH);
  Attributes told = attributes_of(target.task == nullptr ? Scheduling{} : target.task->scheduling);
  told.size = std::min<std::uint32_t>(room, sizeof told);
  const void* const from = wants_all ? static_cast<const void*>(&told) : &told.priority;
  const std::size_t size = wants_all ? told.size : sizeof told.priority;
  return program_write(task, arguments[1], from, size) == size ? 0 : failed_with(EFAULT);
}

}  // namespace

std::uint64_t affinity_of(const Task& task) { return task.scheduling.affinity & processors(); }

/// sched(7), "Resetting scheduling policy for child processes".
Scheduling inherited(Scheduling scheduling) {
  if (!std::exchange(scheduling.resets_on_fork, false)) return scheduling;
  const bool is_ordinary = !is_real_time(scheduling.policy) && scheduling.policy != SCHED_DEADLINE;
  if (is_ordinary)
    scheduling.nice = std::max(scheduling.nice, 0);
  else
    scheduling = {.affinity = scheduling.affinity};
  return scheduling;
}

bool is_about_scheduler(long number) {
  switch (number) {
    case SYS_sched_getaffinity:
    case SYS_sched_setaffinity:
    case SYS_getpriority:
    case SYS_setpriority:
    case SYS_sched_setscheduler:
    case SYS_sched_setparam:
    case SYS_sched_setattr:
    case SYS_sched_getscheduler:
    case SYS_sched_getparam:
    case SYS_sched_getattr:
      return true;
    default:
      return false;
  }
}

std::uint64_t answer_about_scheduler(Task& task, const TaskTable& tasks) {
  switch (task.call.number) {
    case SYS_sched_getaffinity:
      return tell_processors(task, tasks);
    case SYS_sched_setaffinity:
      return set_processors(task, tasks);
    case SYS_getpriority:
      return tell_nice(task, tasks);
    case SYS_setpriority:
      return set_nice(task, tasks);
    case SYS_sched_getscheduler:
      return tell_policy(task, tasks);
    case SYS_sched_getparam:
    case SYS_sched_getattr:
      return tell_scheduler(task, tasks);
    default:
      return set_scheduler(task, tasks);
  }
}

}  // namespace squall::controlled
