#include "harness/engine/controlled/scheduler.h"

#include "harness/engine/controlled/program_memory.h"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

namespace squall::controlled {
namespace {

/// struct sched_attr, as it was first.
struct Attributes {
  std::uint32_t size = 48, policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
};

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
  if (task.call.arguments[1] < sizeof told) return failed_with(EINVAL);
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
  if (target.task != nullptr) target.task->affinity = wanted & processors();
  return 0;
}

std::optional<uid_t> user_of(pid_t tid) {
  struct stat status {};
  if (stat(fmt::format("/proc/{}", tid).c_str(), &status) != 0) return std::nullopt;
  return status.st_uid;
}

/// All tasks of which `property` (a number of the kernel's) is the wanted one, or the asker's where that is
/// 0.
template <class Property>
std::vector<Task*> alike(const Task& asker, const TaskTable& tasks, std::uint64_t wanted, Property property) {
  const auto of_asker = property(asker.tid);
  std::vector<Task*> found;
  for (const auto& [tid, task] : tasks) {
    const auto has = property(tid);
    if (static_cast<int>(wanted) == 0 ? has == of_asker : has == wanted) found.push_back(task.get());
  }
  return found;
}

/// Whom getpriority(2) or setpriority(2) is about, as far as they are traced. Nothing: it is about nobody.
std::optional<std::vector<Task*>> niced(Task& asker, const TaskTable& tasks) {
  const std::uint64_t who = asker.call.arguments[1] & UINT32_MAX;
  std::vector<Task*> found;
  bool is_there = true;
  if (asker.call.arguments[0] == PRIO_PROCESS) {
    const Target target = target_of(asker, tasks, 1);
    is_there = target.is_there;
    if (target.task != nullptr) found.push_back(target.task);
  } else if (asker.call.arguments[0] == PRIO_PGRP) {
    found = alike(asker, tasks, who, [](pid_t tid) { return static_cast<std::uint64_t>(getpgid(tid)); });
    is_there = !found.empty() || kill(-static_cast<pid_t>(who), 0) == 0;
  } else {
    found =
        alike(asker, tasks, who, [](pid_t tid) { return std::uint64_t{user_of(tid).value_or(~uid_t{0})}; });
  }
  return is_there ? std::optional(std::move(found)) : std::nullopt;
}

bool is_known_kind(const Task& asker) { return asker.call.arguments[0] <= PRIO_USER; }

/// The kernel tells what is never negative; of several, the best.
std::uint64_t tell_nice(Task& asker, const TaskTable& tasks) {
  constexpr int least = 20;
  if (!is_known_kind(asker)) return failed_with(EINVAL);
  const auto found = niced(asker, tasks);
  if (!found) return failed_with(ESRCH);
  int best = found->empty() ? 0 : worst_nice;
  for (const Task* task : *found) best = std::min(best, task->nice);
  return static_cast<std::uint64_t>(least - best);
}

std::uint64_t set_nice(Task& asker, const TaskTable& tasks) {
  if (!is_known_kind(asker)) return failed_with(EINVAL);
  const auto found = niced(asker, tasks);
  if (!found) return failed_with(ESRCH);
  for (Task* task : *found)
    task->nice = std::clamp(static_cast<int>(asker.call.arguments[2]), best_nice, worst_nice);
  return 0;
}

bool is_real_time(int policy) { return policy == SCHED_FIFO || policy == SCHED_RR; }

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
std::uint64_t set_scheduler(Task& task, const TaskTable& tasks) {
  const bool by_attributes = task.call.number == SYS_sched_setattr;
  const bool keeps_policy = task.call.number == SYS_sched_setparam;
  const Address at = task.call.arguments[task.call.number == SYS_sched_setscheduler ? 2 : 1];
  const auto attributes = by_attributes ? program_value<Attributes>(task, at) : std::nullopt;
  const auto priority = program_value<int>(task, at);
  if (!priority || (by_attributes && !attributes)) return failed_with(EFAULT);
  const Target target = target_of(task, tasks);
  if (!target.is_there) return failed_with(ESRCH);
  const int wanted = by_attributes ? static_cast<int>(attributes->priority) : *priority;
  int policy = static_cast<int>(task.call.arguments[1]);
  if (by_attributes) policy = static_cast<int>(attributes->policy);
  if (keeps_policy && target.task != nullptr) policy = target.task->policy;
  const bool is_unknown = keeps_policy && target.task == nullptr;
  if (!is_unknown && !is_sound(policy, wanted)) return failed_with(EINVAL);
  if (target.task == nullptr) return 0;
  target.task->priority = wanted;
  target.task->policy = policy & ~SCHED_RESET_ON_FORK;
  if (by_attributes && !is_real_time(policy))
    target.task->nice = std::clamp(attributes->nice, best_nice, worst_nice);
  return 0;
}

std::uint64_t tell_policy(Task& task, const TaskTable& tasks) {
  const Target target = target_of(task, tasks);
  if (!target.is_there) return failed_with(ESRCH);
  return static_cast<std::uint64_t>(target.task == nullptr ? SCHED_OTHER : target.task->policy);
}

std::uint64_t tell_scheduler(Task& task, const TaskTable& tasks) {
  const Target target = target_of(task, tasks);
  if (!target.is_there) return failed_with(ESRCH);
  Attributes attributes;
  if (target.task != nullptr) {
    attributes.policy = static_cast<std::uint32_t>(target.task->policy);
    attributes.priority = static_cast<std::uint32_t>(target.task->priority);
    attributes.nice = is_real_time(target.task->policy) ? 0 : target.task->nice;
  }
  const bool wants_all = task.call.number == SYS_sched_getattr;
  if (wants_all && task.call.arguments[2] < sizeof attributes) return failed_with(EINVAL);
  const void* const from = wants_all ? static_cast<const void*>(&attributes) : &attributes.priority;
  const std::size_t size = wants_all ? sizeof attributes : sizeof attributes.priority;
  return program_write(task, task.call.arguments[1], from, size) == size ? 0 : failed_with(EFAULT);
}

}  // namespace

std::uint64_t affinity_of(const Task& task) { return task.affinity & processors(); }

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
