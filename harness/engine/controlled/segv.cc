#include "harness/engine/controlled/segv.h"

#include "harness/engine/controlled/arena.h"
#include "harness/engine/controlled/injection.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/space.h"
#include "harness/faults/page.h"

#include <sys/syscall.h>

#include <csignal>

namespace squall::controlled {
namespace {

using faults::signal_bit;

constexpr std::uint64_t segv_bit = signal_bit(SIGSEGV);
constexpr std::uint64_t ignore = 1;  ///< SIG_IGN, as a handler's address

/// Out of the way of the private copies that accesses work on.
constexpr Address place = arena_scratch + arena_scratch_bytes - 4096;

void note_action(Process& process, int signal, const KernelAction& action) {
  const auto& [handler, flags, restorer, mask] = action;
  const bool has_handler = handler > ignore;
  const bool blocks_itself = signal == SIGSEGV && (flags & SA_NODEFER) == 0;
  if (signal == SIGSEGV) process.segv_action = action;
  process.masks_segv &= ~signal_bit(signal);
  if (has_handler && ((mask & segv_bit) != 0 || blocks_itself)) process.masks_segv |= signal_bit(signal);
}

}  // namespace

bool changes_segv(const CallAtEntry& call) {
  return call.number == SYS_rt_sigprocmask || call.number == SYS_rt_sigreturn ||
         (call.number == SYS_rt_sigaction && call.arguments[1] != 0);
}

void note_segv(Task& task, std::int64_t result) {
  if (!changes_segv(task.call)) return;
  if (task.call.number != SYS_rt_sigaction) {
    task.blocks_segv = (trace::signal_mask(task.tid).value_or(0) & segv_bit) != 0;
  } else if (result == 0) {
    const auto action = program_value<KernelAction>(task, task.call.arguments[1]);
    if (action) note_action(*task.process, static_cast<int>(task.call.arguments[0]), *action);
  }
}

void enter_handler(Task& task, int signal) {
  if (task.process && (task.process->masks_segv & signal_bit(signal)) != 0) task.blocks_segv = true;
}

void forget_handler(Process& process) {
  if (process.segv_action[0] != ignore) process.segv_action = {};
  process.masks_segv = 0;
}

void restore_segv(Task& task) {
  const KernelAction& action = task.process->segv_action;
  if (!task.blocks_segv && action[0] != ignore) return;
  trace::write(task.tid, place, action.data(), sizeof action);
  Injection(task.tid, *task.space).call(SYS_rt_sigaction, {SIGSEGV, place, 0, sizeof segv_bit, 0, 0});
  if (const auto mask = trace::signal_mask(task.tid); mask && task.blocks_segv)
    trace::set_signal_mask(task.tid, *mask | segv_bit);
}

}  // namespace squall::controlled
