#include "harness/preload/lineage.h"

#include "harness/faults/decide.h"
#include "harness/preload/interrupt.h"
#include "harness/preload/libc.h"
#include "harness/preload/state.h"

namespace squall::preload {
namespace {

/// Of a thread whose making nobody saw: glibc made it itself, for a timer or an mq_notify.
constexpr std::uint32_t stranger = UINT32_MAX;

std::uint64_t child_of(std::uint64_t parent, std::uint64_t nth) {
  return faults::mix(parent ^ faults::mix(nth));
}

constexpr std::uint64_t of_strays = std::uint64_t{1} << 32;

}  // namespace

std::uint32_t thread_identity() {
  if (!thread.is_known) {
    thread.identity = syscall(SYS_gettid) == syscall(SYS_getpid) ? 0 : stranger;
    thread.is_known = true;
  }
  return thread.identity;
}

std::uint32_t next_thread() {
  const auto identity = static_cast<std::uint32_t>(child_of(thread_identity(), ++thread.threads_made) >> 32);
  return identity == 0 ? 1 : identity;
}

std::uint64_t next_process() {
  const std::uint64_t process = library.identity.load(std::memory_order_relaxed);
  return child_of(process ^ faults::mix(thread_identity()), ++thread.processes_made);
}

std::uint64_t stray_of(std::uint64_t process, std::uint32_t nth) {
  return child_of(process, of_strays | nth);
}

void identify(std::uint64_t process) {
  library.identity.store(process, std::memory_order_relaxed);
  library.stream.store(faults::stream_of(library.rules->seed, process), std::memory_order_relaxed);
}

/// Its handlers and what it is inside of go on; timers are not inherited.
void become(std::uint64_t process) {
  identify(process);
  memset(thread.counts, 0, sizeof thread.counts);
  thread.is_known = true;
  thread.identity = 0;
  thread.threads_made = 0;
  thread.processes_made = 0;
  thread.has_timer = false;
  thread.is_interrupting = false;
}

}  // namespace squall::preload
