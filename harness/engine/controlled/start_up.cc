#include "harness/engine/controlled/start_up.h"

#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/scheduler.h"
#include "harness/engine/controlled/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <string>
#include <string_view>

namespace squall::controlled {
namespace {

bool is_installed(std::string_view path) {
  return path.starts_with("/usr/") || path.starts_with("/lib") || path.starts_with("/etc/");
}

bool is_installed(const Task& task, Address path) { return is_installed(program_text(task, path)); }

bool only_reads(std::uint64_t flags) { return (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) == O_RDONLY; }

}  // namespace

bool asks_about_descriptor(const Task& task) {
  const auto& arguments = task.call.arguments;
  return task.call.number == SYS_newfstatat && (arguments[3] & AT_EMPTY_PATH) != 0 &&
         program_text(task, arguments[1]).empty();
}

bool maps_file(const Task& task) {
  const auto& arguments = task.call.arguments;
  if (task.call.number != SYS_mmap || (arguments[3] & MAP_ANONYMOUS) != 0) return false;
  const std::string file = foreign::target_of(task.tid, static_cast<int>(arguments[4]));
  return file.starts_with('/') && !is_installed(file);
}

bool asks_of_itself(const Task& task) {
  return call_of(task.call.number).touches == Touches::process || asks_about_descriptor(task);
}

/// Copies of the program would not know what it believes to have set.
bool is_start_up(const Task& task) {
  if (is_about_scheduler(task.call.number)) return !call_of(task.call.number).writes;
  if (asks_of_itself(task)) return true;
  const auto& arguments = task.call.arguments;
  switch (task.call.number) {
    case SYS_read:
    case SYS_pread64:
    case SYS_fstat:
    case SYS_close:
    case SYS_getrandom:
    case SYS_clock_gettime:
    case SYS_rt_sigaction:
    case SYS_rt_sigprocmask:
      return true;
    case SYS_mmap:
    case SYS_mprotect:
      return !changes_mappings(task.call);
    case SYS_open:
      return is_installed(task, arguments[0]) && only_reads(arguments[1]);
    case SYS_openat:
      return is_installed(task, arguments[1]) && only_reads(arguments[2]);
    case SYS_access:
    case SYS_stat:
    case SYS_readlink:
      return is_installed(task, arguments[0]);
    case SYS_newfstatat:
    case SYS_faccessat:
    case SYS_faccessat2:
    case SYS_readlinkat:
      return is_installed(task, arguments[1]);
    default:
      return false;
  }
}

}  // namespace squall::controlled
