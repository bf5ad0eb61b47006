// Faults and signals as candidates, and how they are done. What is legal is found out in fault_rules.h.
#include "harness/engine/controlled/executor.h"
#include "harness/engine/controlled/injection.h"
#include "harness/engine/controlled/signals.h"
#include "harness/engine/controlled/space.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <set>

namespace squall::controlled {
namespace {

using Action = scenario::Fault::Action;

constexpr unsigned rule_shift = 16;
constexpr std::uint64_t fault_mark = 0xfa017;

bool is_signal(Action action) {
  return action == Action::kill || action == Action::stop || action == Action::storm ||
         action == Action::interrupt;
}

}  // namespace

/// One that happens as it is written takes the place of what the task would have done.
void Executor::offer_fault(Task& task, const FaultChoice& choice) {
  const FaultRule& rule = settings_.faults[choice.rule];
  Candidate candidate;
  candidate.task = task.id;
  candidate.kind = is_signal(rule.fault.action) ? EventKind::signal : EventKind::fault;
  if (choice.is_forced) candidate.kind = EventKind::call;
  candidate.object = is_signal(rule.fault.action) ? every_object : task.object;
  candidate.is_write = true;
  candidate.variant = (choice.rule + 1u) << rule_shift | choice.number;
  candidate.fingerprint = mixed(
      {task.id, fault_mark, candidate.variant, static_cast<std::uint64_t>(task.call.number), task.object});
  offers_.push_back({candidate, &task, nullptr, choice});
  execution_.possible_faults.insert(choice.rule);
}

void Executor::offer_faults() {
  for (std::size_t at = 0; at < by_id_.size(); ++at) {
    Task* task = by_id_[at];
    if (task == nullptr || task->process == nullptr) continue;
    if (task->state == State::running && task->asleep)
      for (const FaultChoice& choice : task->interrupts)
        if (!choice.is_forced && would_handle(*task, static_cast<int>(choice.value)))
          offer_fault(*task, choice);
    const bool is_at_exit = task->parked == Parked::exit;
    if (task->state != State::parked || (task->parked != Parked::entry && !is_at_exit)) continue;
    for (const FaultChoice& choice : task->faults) {
      const bool is_storm = settings_.faults[choice.rule].fault.action == Action::storm;
      if (is_at_exit && !is_storm) continue;
      if (choice.is_forced || (is_storm && !would_handle(*task, static_cast<int>(choice.value)))) continue;
      offer_fault(*task, choice);
    }
  }
}

/// A signal may come before its call, in it, and after it: before the program has seen the result.
bool Executor::may_be_signalled(const Task& task) const {
  return std::ranges::any_of(task.faults, [&](const FaultChoice& choice) {
    return !choice.is_forced && settings_.faults[choice.rule].fault.action == Action::storm;
  });
}

const FaultChoice* Executor::forced_fault(const Task& task) {
  if (task.parked != Parked::entry) return nullptr;
  const auto found = std::find_if(task.faults.begin(), task.faults.end(),
                                  [](const FaultChoice& choice) { return choice.is_forced; });
  return found == task.faults.end() ? nullptr : &*found;
}

/// While it is asleep.
const FaultChoice* Executor::forced_signal(const Task& task) {
  if (task.state != State::running || !task.asleep) return nullptr;
  const auto found =
      std::find_if(task.interrupts.begin(), task.interrupts.end(), [&](const FaultChoice& choice) {
        return choice.is_forced && would_handle(task, static_cast<int>(choice.value));
      });
  return found == task.interrupts.end() ? nullptr : &*found;
}

void Executor::perform_fault(Task& task, const FaultChoice choice) {
  const Action action = settings_.faults[choice.rule].fault.action;
  had_hard_fault_ = had_hard_fault_ || choice.is_hard;
  if (task.asleep) return wake_with(task, static_cast<int>(choice.value));
  task.faults.clear();
  switch (action) {
    case Action::spurious:
      return answer_call(task, 0);
    case Action::error:
      return answer_call(task, -static_cast<std::int64_t>(choice.value));
    case Action::shorten:
      task.shortened = choice.value;
      return enter_call(task);
    case Action::delay:
      task.delayed_until_ns = clock_.now_ns() + choice.value;
      return;
    case Action::stop:
      timers_.wake_later(*task.process, task.id, clock_.now_ns() + choice.value * 1'000'000);
      return strike(task, SIGSTOP);
    default:
      return strike(task, static_cast<int>(choice.value));
  }
}

/// The call does not happen.
void Executor::answer_call(Task& task, std::int64_t result) {
  Registers registers;
  if (!trace::registers(task.tid, registers)) return;
  registers.rax = static_cast<std::uint64_t>(result);
  registers.orig_rax = ~0ULL;
  trace::set_registers(task.tid, registers);
  let_go(task, true);
}

/// To a task that is asleep.
void Executor::wake_with(Task& task, int signal) {
  task.interrupts.clear();
  syscall(SYS_tgkill, task.process->pid, task.tid, signal);
  set_going(task);
}

/// At the end of a call that a signal for its whole process has ended.
bool Executor::is_interrupted(const Task& task) {
  if (task.state != State::parked || task.parked != Parked::exit || !task.was_interrupted) return false;
  const Signals signals = signals_of(task.tid);
  return signals.landing(signals.of_process) != 0;
}

/// A task at the entry of a call has not made it yet, so a signal that has been sent meanwhile takes effect
/// before it, and by what it did before: the call may be the one that changes that, or waits for the signal.
/// The kernel, left alone, would begin the call first.
bool Executor::let_signals_land() {
  std::set<const Process*> taken;  // one thread of it takes what is for all: whom the kernel woke for it
  for (Task* task : by_id_)
    if (task != nullptr && is_interrupted(*task) && taken.insert(task->process.get()).second)
      let_go(*task, false);
  bool has_any = !taken.empty();
  for (Task* task : by_id_) {
    if (task == nullptr || task->state != State::parked || task->parked != Parked::entry) continue;
    const Signals signals = signals_of(task->tid);
    const bool takes = !taken.contains(task->process.get()) && signals.landing(signals.of_process) != 0;
    if ((!takes && signals.landing(signals.of_task) == 0) || !step_back(*task)) continue;
    if (takes) taken.insert(task->process.get());
    has_any = true;
    let_go(*task, false);
  }
  return has_any;
}

/// A signal that comes just before the call.
void Executor::strike(Task& task, int signal) {
  someone_may_die_ = true;
  if (signal != SIGSTOP && (signal == SIGKILL || !has_disposition(task.tid, signal)))
    task.process->ended_by_us = signal;
  if (signal == SIGKILL) {
    prepare_end_of(*task.process);
    kill(task.process->pid, SIGKILL);
    return;
  }
  const bool goes = step_back(task);
  syscall(SYS_tgkill, task.process->pid, task.tid, signal);
  if (goes) let_go(task, false);
}

}  // namespace squall::controlled
