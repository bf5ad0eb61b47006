// What happens at a stop: state × event.
#include "harness/engine/controlled/executor.h"
#include "harness/engine/controlled/machine.h"
#include "harness/engine/controlled/nested.h"
#include "harness/engine/controlled/program.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/scheduler.h"
#include "harness/engine/controlled/segv.h"
#include "harness/engine/controlled/signals.h"
#include "harness/engine/controlled/space.h"
#include "harness/engine/controlled/start_up.h"
#include "harness/engine/controlled/timer_signals.h"

#include <fmt/format.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

namespace squall::controlled {
namespace {

void note_death_signal(Task& task, std::int64_t result) {
  if (task.call.number == SYS_prctl && task.call.arguments[0] == PR_SET_PDEATHSIG && result == 0)
    task.process->death_signal = static_cast<int>(task.call.arguments[1]);
}

/// Whether the call, which has this result, has made a filter of calls.
bool has_made_filter(const CallAtEntry& call, std::int64_t result) {
  const bool by_seccomp = call.number == SYS_seccomp && call.arguments[0] == SECCOMP_SET_MODE_FILTER;
  const bool by_prctl = call.number == SYS_prctl && call.arguments[0] == PR_SET_SECCOMP;
  return result >= 0 && (by_seccomp || by_prctl);
}

/// What nobody can have who is traced, and has a filter, already.
bool is_kept_from(const CallAtEntry& call, std::int64_t result) {
  switch (call.number) {
    case SYS_ptrace:
      return result == -EPERM;
    case SYS_prctl:
      return result == -EINVAL && call.arguments[0] == PR_SET_SECCOMP &&
             call.arguments[1] == SECCOMP_MODE_STRICT;
    case SYS_seccomp:
      return result == -EINVAL && call.arguments[0] == SECCOMP_SET_MODE_STRICT;
    default:
      return false;
  }
}

/// The name that a program was started by, without directories.
std::string program_name(pid_t tid) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", tid));
  std::string word;
  std::getline(file, word, '\0');
  return word.substr(word.rfind('/') + 1);
}

/// A wait of the kernel's own without end has been interrupted, and a mask that was only for the wait is
/// still there, for the handler of a signal. A bound that has passed takes it back (kernel/signal.c,
/// restore_saved_sigmask).
void end_masked_wait(pid_t tid) {
  if (const auto mask = trace::signal_mask(tid)) trace::set_signal_mask(tid, *mask);
}

bool is_made_again(const Task& task) {
  return task.interrupted->number == task.call.number &&
         task.interrupted->instruction == task.call.instruction && task.interrupted->stack == task.call.stack;
}

}  // namespace

// clang-format off
#define AT &Executor::
const Executor::Handler Executor::table[states][events] = {
    //            entry          exit           signal         group_stop         trap              fork           exec         dying         dead
    /*unborn*/   {AT on_nothing, AT on_nothing, AT on_nothing, AT on_nothing,     AT on_birth,      AT on_nothing, AT on_exec,  AT on_dying,  AT on_dead},
    /*expected*/ {AT on_nothing, AT on_nothing, AT on_nothing, AT on_nothing,     AT on_first_stop, AT on_nothing, AT on_exec,  AT on_dying,  AT on_dead},
    /*running*/  {AT on_entry,   AT on_exit,    AT on_signal,  AT on_group_stop,  AT on_trap,       AT on_fork,    AT on_exec,  AT on_dying,  AT on_dead},
    /*parked*/   {AT on_nothing, AT on_nothing, AT on_nothing, AT on_nothing,     AT on_nothing,    AT on_nothing, AT on_exec,  AT on_dying,  AT on_dead},
    /*stopped*/  {AT on_nothing, AT on_nothing, AT on_signal,  AT on_group_stop,  AT on_continued,  AT on_nothing, AT on_exec,  AT on_dying,  AT on_dead},
    /*dying*/    {AT on_nothing, AT on_nothing, AT on_nothing, AT on_nothing,     AT on_nothing,    AT on_nothing, AT on_exec,  AT on_dying,  AT on_dead},
};
#undef AT
// clang-format on

void Executor::handle(const Stop& stop) {
  idle_looks_ = 0;
  timers_.note_stop();
  if (server_ != nullptr && stop.tid == server_->keeper()) return server_->lose(stop);
  auto found = tasks_.find(stop.tid);
  if (found == tasks_.end() && stop.event == Event::dead) return;
  Task& task = found == tasks_.end() ? add(stop.tid, State::unborn) : *found->second;
  std::erase(going_, &task);
  task.asleep = false;
  if (task.stores_copy) SharedMemory::finish_store(task);
  (this->*table[static_cast<std::size_t>(task.state)][static_cast<std::size_t>(stop.event)])(task, stop);
}

Task& Executor::add(pid_t tid, State state) {
  auto& task = tasks_[tid];
  task = std::make_unique<Task>();
  task->tid = tid;
  task->state = state;
  return *task;
}

void Executor::park(Task& task, Parked what) {
  task.state = State::parked;
  task.parked = what;
}

void Executor::set_going(Task& task) {
  task.asleep = false;
  going_.push_back(&task);
  watchdog_.watch(task.tid, task.process ? task.process->pid : task.tid);
}

void Executor::let_go(Task& task, bool to_exit, int signal) {
  task.state = State::running;
  task.in_call = to_exit;
  if (std::exchange(task.restarts, false)) trace::interrupt(task.tid);
  if (signal != 0) enter_handler(task, signal);
  set_going(task);
  if (to_exit)
    trace::until_exit(task.tid, signal);
  else
    trace::cont(task.tid, signal);
}

/// A stop that cannot be: the task is left where it is, and that is said.
void Executor::on_nothing(Task& task, const Stop& stop) {
  execution_.notes.push_back(fmt::format("task {}: unexpected event {} in state {}", task.lineage,
                                         static_cast<int>(stop.event), static_cast<int>(task.state)));
  trace::cont(stop.tid);
}

void Executor::on_entry(Task& task, const Stop&) {
  task.slept = false;
  if (!trace::call_at_entry(task.tid, task.call)) return;
  if (server_ != nullptr && server_->is_wanted() && has_begun_ && !is_start_up(task)) return keep_start(task);
  Clock::work(task);
  if (task.interrupted && !is_made_again(task)) task.interrupted.reset();
  const Call& call = call_of(task.call.number);
  if (std::exchange(task.reenters, false)) return let_go(task, call.blocks || call.makes);
  if (is_quiet(task)) {
    if (!answer_quietly(task)) enter_call(task);
    return;
  }
  task.yields = task.call.number == SYS_sched_yield ? task.yields + 1 : 0;
  task.yields_at = execution_.steps.size();
  task.object = objects_.of_call(task);
  task.touches_more = objects_.touches_more(task, memory_);
  if (!settings_.faults.empty() && has_begun_ && !(call.quiet && mappings_fail_))
    find_faults(task, settings_.faults);
  park(task, Parked::entry);
}

/// Whether the call at whose entry it is is no schedule point.
bool Executor::is_quiet(Task& task) const {
  if (runs_free_elsewhere(task.call) || answers(task.call)) return true;
  const bool is_alone = by_id_.size() == 1;
  if (!call_of(task.call.number).quiet) return is_alone && asks_of_itself(task);
  return !may_fail_quietly(task) && (is_alone || !maps_file(task));
}

/// A mapping is nobody's business, unless it could fail.
bool Executor::may_fail_quietly(Task& task) const {
  if (!mappings_fail_ || task.call.number != SYS_mmap || !has_begun_) return false;
  find_faults(task, settings_.faults);
  return !task.faults.empty();
}

/// A call was woken by what the program cannot notice: the kernel has to make it again, even one that knows
/// no other answer than EINTR. A closed descriptor is closed all the same.
bool Executor::was_woken_in_vain(const Task& task, std::int64_t result) {
  if ((result != -EINTR && !will_restart(result)) || task.expired || task.call.number == SYS_close)
    return false;
  Registers registers;
  const bool was_made = trace::registers(task.tid, registers) && registers.orig_rax != ~0ULL;
  return was_made && (task.is_roused || awaits_only_ignored(task.tid));
}

/// The result of its call. Gives the program its own registers back, and the answer that a call with a bound
/// would have had.
std::optional<std::int64_t> Executor::finish_call(Task& task) {
  if (std::exchange(task.nested, false)) give_back_nested(task);
  const auto made = trace::result_of_call(task.tid);
  if (!made) return std::nullopt;
  task.woke_in_vain = was_woken_in_vain(task, *made);
  if (!std::exchange(task.altered, false) && !task.woke_in_vain) return made;
  Registers registers;
  if (!trace::registers(task.tid, registers)) return std::nullopt;
  const Registers before = registers;
  const auto& arguments = task.call.arguments;
  auto result = task.woke_in_vain && *made == -EINTR ? restart_without_handler : *made;
  if (task.deadline_ns) {
    result = clock_.result_with_bound(task, result);
    if (task.expired && result == 0) end_masked_wait(task.tid);
    if (will_restart(result))
      task.interrupted = {task.call.number, task.call.instruction, task.call.stack, *task.deadline_ns};
  }
  registers.rax = static_cast<std::uint64_t>(result);
  registers.orig_rax = static_cast<std::uint64_t>(task.call.number);
  registers.rdi = arguments[0];
  registers.rsi = arguments[1];
  registers.rdx = arguments[2];
  registers.r10 = arguments[3];
  registers.r8 = arguments[4];
  registers.r9 = arguments[5];
  task.deadline_ns.reset();
  task.expired = false;
  trace::update_registers(task.tid, before, registers);
  return result;
}

void Executor::on_exit(Task& task, const Stop&) {
  task.vforked = false;
  const auto result = finish_call(task);
  if (!result) return;
  task.restarts = will_restart(*result);
  task.was_interrupted = task.restarts || *result == -EINTR;
  objects_.note_result(task, *result);
  timers_.note_result(task, *result);
  tell_caller(task, *result);
  Sockets::note_result(task, *result);
  note_segv(task, *result);
  note_death_signal(task, *result);
  task.space->has_filter = task.space->has_filter || has_made_filter(task.call, *result);
  if (is_kept_from(task.call, *result))
    memory_.doubt(fmt::format("{} fails under control", name_of_call(task.call.number)));
  if (*result < 0) task.opened = false;  // an exec has failed
  if (*result >= 0 && (changes_mappings(task.call) || opens_file(task.call.number)))
    memory_.set_population(count_spaces());
  memory_.leave(task, *result);
  const bool by_us = std::exchange(task.is_roused, false);
  const bool goes_on = std::exchange(task.woke_in_vain, false) && !by_us;
  if (!goes_on && (task.slept || may_be_signalled(task))) return park(task, Parked::exit);
  memory_.before_program(task);
  let_go(task, false);
}

void Executor::on_signal(Task& task, const Stop& stop) {
  task.signal = static_cast<int>(stop.detail);
  if (task.signal == SIGSEGV && memory_.is_access(task)) {
    restore_segv(task);
    return park(task, Parked::access);
  }
  if (task.signal == SIGSEGV && settings_.command.traps_time_stamps &&
      emulate_time_stamp(task.tid, execution_.steps.size()))
    return let_go(task, false);
  if (server_ != nullptr && server_->is_wanted()) server_->give_up();
  SharedMemory::leave_slot(task);
  tell_handler(task);
  // What is ignored is told to tracers alone, and no event of the program's.
  if (!task.space->must_close && ignores(task.tid, task.signal)) return let_go(task, false, task.signal);
  park(task, Parked::signal);
}

void Executor::on_group_stop(Task& task, const Stop&) {
  task.state = State::stopped;
  trace::listen(task.tid);
}

/// The end of a group stop, or the news of another one.
void Executor::on_continued(Task& task, const Stop&) { let_go(task, task.in_call); }

/// It was interrupted by us: nothing has happened.
void Executor::on_trap(Task& task, const Stop&) { let_go(task, task.in_call); }

/// Its parent has not told of it yet.
void Executor::on_birth(Task& task, const Stop&) {
  park(task, Parked::start);
  task.state = State::unborn;
}

void Executor::on_first_stop(Task& task, const Stop&) { park(task, Parked::start); }

void Executor::become_child(Task& child, Task& parent) {
  const std::uint64_t flags = clone_flags(parent);
  child.lineage = fmt::format("{}.{}", parent.lineage, parent.children++);
  child.process = (flags & CLONE_THREAD) != 0 ? parent.process : std::make_shared<Process>(*parent.process);
  if ((flags & CLONE_THREAD) == 0) {
    pids_.insert(child.process->pid = child.tid);
    if ((flags & CLONE_PARENT) == 0) child.process->parent = parent.process->pid;
    if ((flags & CLONE_PARENT) == 0) child.process->parent_thread = parent.tid;
    child.process->death_signal = 0;
    child.process->worked_ns = 0;
    child.process->lineage = child.lineage;
    execution_.programs[child.process->program].insert(child.lineage);
    child.process->alarm.reset();
    child.process->wake_up.reset();
    child.process->ended_by_us = 0;
    child.process->timers.clear();
  }
  if ((flags & CLONE_VM) != 0) {
    child.space = parent.space;
  } else {
    child.space = std::make_shared<AddressSpace>(*parent.space);
    child.space->identity = mixed(child.lineage);
    memory_.forked(child.space);
  }
  child.blocks_segv = parent.blocks_segv;
  child.scheduling = inherited(parent.scheduling);
  parent.vforked = (flags & CLONE_VFORK) != 0;
  name(child);
}

void Executor::name(Task& task) {
  task.id = lineages_.number(task.lineage);
  if (by_id_.size() <= task.id) by_id_.resize(task.id + 1, nullptr);
  by_id_[task.id] = &task;
}

void Executor::on_fork(Task& parent, const Stop& stop) {
  const auto tid = static_cast<pid_t>(stop.detail);
  const auto known = tasks_.find(tid);
  Task& child = known == tasks_.end() ? add(tid, State::expected) : *known->second;
  become_child(child, parent);
  if (child.state == State::unborn) child.state = State::parked;
  if (child.state == State::expected) going_.push_back(&child);
  if (!ending_) let_go(parent, true);
}

/// A thread that is not the first takes over the number of the first, which disappears without a word.
void Executor::on_exec(Task& task, const Stop& stop) {
  Task* now = &task;
  const auto before = static_cast<pid_t>(stop.detail);
  if (before != stop.tid) {
    by_id_[task.id] = nullptr;
    std::erase(going_, tasks_[before].get());
    tasks_[stop.tid] = std::move(tasks_[before]);
    tasks_.erase(before);
    now = tasks_[stop.tid].get();
    now->tid = stop.tid;
    now->statistics.reset();
  }
  now->memory.reset();
  const bool has_filter = now->space->has_filter;
  now->space = std::make_shared<AddressSpace>();
  now->space->has_filter = has_filter;
  now->space->identity = mixed({mixed(now->lineage), ++now->made});
  Objects::forget(*now->process);
  now->process->timers.clear();
  now->altered = now->nested = now->opened = false;  // those were of the old program
  now->deadline_ns.reset();
  Timers::forget_closed(*now->process);
  now->process->is_dumpable = true;
  now->process->program = program_name(now->tid);
  execution_.programs[now->process->program].insert(now->process->lineage);
  forget_handler(*now->process);
  prepare_program(now->tid, *now->space);
  memory_.set_population(count_spaces());
  memory_.executed(*now);
  has_begun_ = true;
  let_go(*now, true);
}

void Executor::on_dying(Task& task, const Stop&) {
  task.state = State::dying;
  going_.push_back(&task);
  trace::cont(task.tid);
}

void Executor::on_dead(Task& task, const Stop& stop) {
  judge_end(task, static_cast<int>(stop.detail));
  signals_may_land_ = true;
  if (task.id < by_id_.size() && by_id_[task.id] == &task) by_id_[task.id] = nullptr;
  tasks_.erase(stop.tid);
}

}  // namespace squall::controlled
