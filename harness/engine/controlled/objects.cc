#include "harness/engine/controlled/objects.h"

#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/scheduler.h"
#include "harness/engine/controlled/shared_memory.h"
#include "harness/engine/controlled/space.h"
#include "harness/engine/controlled/start_up.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace squall::controlled {
namespace {

/// Numbers of processes differ between executions.
std::string without_numbers(std::string target) {
  if (target.starts_with("/proc/"))
    std::erase_if(target, [](char letter) { return letter >= '0' && letter <= '9'; });
  return target;
}

/// A round of splitmix64.
constexpr std::uint64_t stirred(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/// Never no_object or every_object, and below any range of a shared mapping.
constexpr ObjectId as_object(std::uint64_t value) { return (value >> 2) | 1; }

/// Where a file without a name (O_TMPFILE) has its inode: "/tmp/#1234 (deleted)".
std::size_t inode_in_path(const std::string& target) {
  const std::size_t at = target.rfind("/#");
  if (at == target.npos || !target.starts_with('/')) return target.npos;
  const std::size_t end = target.find_first_not_of("0123456789", at + 2);
  return end != target.npos && target.substr(end) == " (deleted)" ? at + 2 : target.npos;
}

/// Opening one again, by /proc/PID/fd, makes none.
bool makes_unnamed_file(const CallAtEntry& call) {
  if (call.number != SYS_open && call.number != SYS_openat) return false;
  const std::uint64_t flags = call.arguments[call.number == SYS_open ? 1 : 2];
  return (flags & O_TMPFILE) == O_TMPFILE;
}

/// What the kernel calls the same thing in every execution.
bool has_stable_name(const std::string& target) {
  return target.starts_with('/') && inode_in_path(target) == target.npos;
}

std::string kind_of(const std::string& target) {
  return target.substr(0, std::min(inode_in_path(target), target.find('[')));
}

/// What happens to it shows at things with other names.
bool has_other_ends(const std::string& target) {
  return target.starts_with("socket:") || target.starts_with("anon_inode:");
}

/// To another word, or it changes that one too.
bool moves_waiters(std::uint64_t futex_operation) {
  switch (futex_operation & FUTEX_CMD_MASK) {
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
    case FUTEX_CMP_REQUEUE_PI:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_WAKE_OP:
      return true;
    default:
      return false;
  }
}

/// Of a call of System V IPC; empty for others.
std::string_view family_of(long number) {
  switch (number) {
    case SYS_semget:
    case SYS_semop:
    case SYS_semtimedop:
    case SYS_semctl:
      return "semaphores";
    case SYS_msgget:
    case SYS_msgsnd:
    case SYS_msgrcv:
    case SYS_msgctl:
      return "messages";
    default:
      return {};
  }
}

/// The kernel's identifiers go on counting from one execution to the next.
std::string target_of(std::string_view family, std::uint64_t identifier) {
  return fmt::format("{}[{}]", family, identifier);
}

bool is_itself(const Task& task, std::uint64_t whom) {
  const auto tid = static_cast<pid_t>(whom);
  return tid == 0 || tid == task.tid;
}

/// Or changes what others may ask of it.
bool is_about_another(const Task& task) {
  const auto& arguments = task.call.arguments;
  switch (task.call.number) {
    case SYS_prlimit64:
      return arguments[0] != 0 || arguments[2] != 0;
    case SYS_getpriority:
    case SYS_setpriority:
      return arguments[0] != PRIO_PROCESS || !is_itself(task, arguments[1]);
    default:
      return is_about_scheduler(task.call.number) && !is_itself(task, arguments[0]);
  }
}

bool fills_a_pair(long number) {
  return number == SYS_pipe || number == SYS_pipe2 || number == SYS_socketpair;
}

}  // namespace

ObjectId mixed(std::initializer_list<std::uint64_t> parts) {
  std::uint64_t value = 0x5371;
  for (const std::uint64_t part : parts) value = stirred(value ^ part);
  return as_object(value);
}

ObjectId mixed(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char letter : text) value = (value ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  return as_object(stirred(value));
}

ObjectId Objects::named(Task& task, const std::string& target) {
  const auto known = by_target_.find(target);
  if (known != by_target_.end()) return known->second;
  const std::string kind = kind_of(target);
  const ObjectId object =
      has_stable_name(target) ? mixed(target) : mixed({mixed(task.lineage), ++task.made, mixed(kind)});
  by_target_[target] = object;
  names_[object] = has_stable_name(target) ? target : kind + std::to_string(names_.size());
  return object;
}

ObjectId Objects::of_descriptor(Task& task, int descriptor) {
  auto& known = task.process->descriptors;
  if (const auto found = known.find(descriptor); found != known.end()) return found->second;
  const std::string link = "/proc/" + std::to_string(task.tid) + "/fd/" + std::to_string(descriptor);
  char target[PATH_MAX];
  const ssize_t size = readlink(link.c_str(), target, sizeof target);
  if (size <= 0) return no_object;
  const std::string text = without_numbers(std::string(target, static_cast<std::size_t>(size)));
  return known[descriptor] = has_other_ends(text) ? every_object : named(task, text);
}

ObjectId Objects::of_call(Task& task) {
  const Call& call = call_of(task.call.number);
  const std::uint64_t argument = task.call.arguments[call.argument];
  if (asks_about_descriptor(task)) return of_descriptor(task, static_cast<int>(task.call.arguments[0]));
  if (maps_file(task)) return of_descriptor(task, static_cast<int>(task.call.arguments[4]));
  switch (call.touches) {
    case Touches::nothing:
      return no_object;
    case Touches::process:
      if (is_about_another(task)) return every_object;
      return mixed({mixed(task.process->lineage), static_cast<std::uint64_t>(call.number)});
    case Touches::descriptor:
      return of_descriptor(task, static_cast<int>(argument));
    case Touches::path:
      return mixed(without_numbers(program_text(task, argument)));
    case Touches::futex:
      if (const View* view = task.space->view_at(argument))
        return view->object->number + view->offset + (argument - view->begin);
      return mixed({task.space->identity, argument});
    case Touches::family:
      return named(task, target_of(family_of(call.number), argument));
    case Touches::everything:
      break;
  }
  return every_object;
}

bool Objects::touches_more(const Task& task, const SharedMemory& memory) const {
  const auto may_be_mapped = [&] {
    return !task.space->views.empty() || memory.has_mapped(task, static_cast<int>(task.call.arguments[0]));
  };
  switch (task.call.number) {
    case SYS_ftruncate:
    case SYS_fallocate:
    case SYS_pwrite64:
    case SYS_pwritev:
      return true;
    case SYS_futex:
      return moves_waiters(task.call.arguments[1]);
    case SYS_readv:
    case SYS_writev:
    case SYS_preadv:
      return may_be_mapped();
    case SYS_read:
    case SYS_pread64:
    case SYS_write:
      return reaches_shared_memory(task.call) || (name(task.object).starts_with('/') && may_be_mapped());
    default:
      return call_of(task.call.number).touches == Touches::path && !is_start_up(task);
  }
}

/// What has a key has the same name whoever makes it.
void Objects::note_family(Task& task, std::string_view family, std::uint64_t identifier) {
  const auto key = static_cast<key_t>(task.call.arguments[0]);
  const std::string target = target_of(family, identifier);
  if (key == IPC_PRIVATE) {
    by_target_.erase(target);
    named(task, target);
    return;
  }
  const ObjectId object = mixed({mixed(family), static_cast<std::uint64_t>(key)});
  by_target_[target] = object;
  names_[object] = fmt::format("{} of key {:#x}", family, key);
}

void Objects::note_pair(Task& task, Address at) {
  const auto pair = program_value<std::array<int, 2>>(task, at);
  if (!pair) return;
  for (const int descriptor : *pair) {
    task.process->descriptors.erase(descriptor);
    of_descriptor(task, descriptor);
  }
}

void Objects::note_result(Task& task, std::int64_t result) {
  const long number = task.call.number;
  auto& known = task.process->descriptors;
  if ((number == SYS_semget || number == SYS_msgget) && result >= 0)
    note_family(task, family_of(number), static_cast<std::uint64_t>(result));
  if (number == SYS_close) known.erase(static_cast<int>(task.call.arguments[0]));
  if (number == SYS_close_range) known.clear();
  if (!call_of(number).makes || result < 0) return;
  if (fills_a_pair(number)) return note_pair(task, task.call.arguments[number == SYS_socketpair ? 3 : 0]);
  if (number == SYS_fcntl && task.call.arguments[1] != F_DUPFD && task.call.arguments[1] != F_DUPFD_CLOEXEC)
    return;
  const auto descriptor = static_cast<int>(result);
  known.erase(descriptor);
  if (makes_unnamed_file(task.call)) by_target_.erase(foreign::target_of(task.tid, descriptor));
  of_descriptor(task, descriptor);
}

std::string Objects::name(ObjectId object) const {
  const auto found = names_.find(object);
  return found == names_.end() ? std::string() : found->second;
}

}  // namespace squall::controlled
