// Deaths with robust mutexes held: the kernel marks them through views that are closed, so they are opened.
#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/executor.h"
#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/injection.h"
#include "harness/engine/controlled/signals.h"
#include "harness/engine/controlled/space.h"
#include "harness/faults/page.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace squall::controlled {
namespace {

constexpr unsigned call_instruction_bytes = 2;

pid_t pid_behind(pid_t pid, int descriptor) {
  return static_cast<pid_t>(foreign::number_in(foreign::information(pid, descriptor), "Pid:"));
}

/// The signal whose sending is the call at whose entry the task is, and whom it is for, as kill(2) has it.
std::pair<pid_t, int> sent_by(const Task& task) {
  const auto& arguments = task.call.arguments;
  const auto target = static_cast<pid_t>(arguments[0]);
  switch (task.call.number) {
    case SYS_kill:
    case SYS_tkill:
    case SYS_rt_sigqueueinfo:
      return {target, static_cast<int>(arguments[1])};
    case SYS_tgkill:
    case SYS_rt_tgsigqueueinfo:
      return {target, static_cast<int>(arguments[2])};
    case SYS_pidfd_send_signal:
      return {pid_behind(task.process->pid, static_cast<int>(arguments[0])), static_cast<int>(arguments[1])};
    default:
      return {0, 0};
  }
}

/// As kill(2) and tkill(2) have it.
bool is_meant(const Task& task, pid_t target, const Task& killer) {
  const pid_t pid = task.process->pid;
  if (target > 0) return target == pid || target == task.tid;
  if (target == -1) return pid != killer.process->pid;
  return getpgid(pid) == (target == 0 ? getpgid(killer.process->pid) : -target);
}

bool ends_by_default(int signal) {
  switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return false;
    default:
      return true;
  }
}

}  // namespace

/// Caught or ignored, as /proc tells.
bool Executor::has_disposition(pid_t tid, int signal) {
  const Signals signals = signals_of(tid);
  return ((signals.caught | signals.ignored) & faults::signal_bit(signal)) != 0;
}

/// From the entry of a call to just before it: the call does not happen, and the task will come to it again.
void Executor::retreat(Task& task) {
  Registers registers;
  if (!trace::registers(task.tid, registers)) return;
  const Registers at_entry = registers;
  registers.orig_rax = ~0ULL;
  if (!trace::set_registers(task.tid, registers) || !trace::until_exit(task.tid)) return;
  const auto stop = trace::next_of(task.tid);
  if (!stop || stop->event != Event::exit) {
    if (stop) put_off().push_back(*stop);
    return;
  }
  registers = at_entry;
  registers.rax = at_entry.orig_rax;
  registers.orig_rax = ~0ULL;
  registers.rip -= call_instruction_bytes;
  task.reenters = trace::set_registers(task.tid, registers);
}

void Executor::open_for_death(Task& task) {
  if (task.opened) return;
  if (task.state == State::parked && task.parked == Parked::entry) retreat(task);
  if (task.state == State::running && task.asleep) {
    trace::interrupt(task.tid);
    const auto stop = trace::next_of(task.tid);
    if (stop && stop->event != Event::exit) put_off().push_back(*stop);
    if (!stop || stop->event != Event::exit) return;
    task.asleep = false;
    task.is_roused = true;
    on_exit(task, *stop);
  }
  memory_.open(task);
  task.opened = true;
}

/// An exec ends the other threads, and gives up the robust mutexes of its own.
void Executor::prepare_exit(Task& task) {
  const bool all = task.call.number != SYS_exit;
  const bool needed = std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    const Task& other = *entry.second;
    return (&other == &task || (all && other.process == task.process)) && SharedMemory::must_open_for(other);
  });
  if (needed) open_for_death(task);
  if (!is_exec(task.call.number)) prepare_orphans(*task.process, all ? 0 : task.tid);
}

/// Those that want to be killed when the thread that made them ends, or another one that has taken its place;
/// 0: all threads end.
void Executor::prepare_orphans(const Process& parent, pid_t thread) {
  for (const auto& [tid, task] : tasks_) {
    if (!task->process || task->tid != task->process->pid) continue;
    const Process& child = *task->process;
    if (child.death_signal != SIGKILL || child.parent != parent.pid) continue;
    const bool outlives =
        thread != 0 && thread != child.parent_thread && tasks_.count(child.parent_thread) != 0;
    if (!outlives) prepare_end_of(child);
  }
}

/// By SIGKILL.
void Executor::prepare_end_of(const Process& process) {
  for (const auto& [tid, task] : tasks_)
    if (task->process.get() == &process && SharedMemory::must_open_for(*task)) open_for_death(*task);
  prepare_orphans(process, 0);
}

/// The killer may be among those that it kills.
void Executor::prepare_kill(const Task& killer) {
  const auto [target, signal] = sent_by(killer);
  if (signal == SIGSEGV) memory_.distrust_faults();
  if (signal != SIGKILL) return;
  for (const auto& [tid, task] : tasks_)
    if (task->process && is_meant(*task, target, killer)) prepare_end_of(*task->process);
}

/// For all of its process, and whoever dies with it. True: the views are open now, and the signal is on its
/// way again.
bool Executor::prepare_fatal_signal(Task& task) {
  if (task.opened || !ends_by_default(task.signal) || has_disposition(task.tid, task.signal)) return false;
  const bool needs_it = SharedMemory::must_open_for(task);
  for (const auto& [tid, other] : tasks_) {
    if (other.get() == &task || other->process != task.process || !SharedMemory::must_open_for(*other))
      continue;
    open_for_death(*other);
    task.opened = true;  // its own views are the same
  }
  prepare_orphans(*task.process, 0);
  if (!needs_it) return false;
  memory_.open(task);
  task.opened = true;
  return syscall(SYS_tgkill, task.process->pid, task.tid, task.signal) == 0;
}

}  // namespace squall::controlled
