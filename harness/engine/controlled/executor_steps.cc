// What parked tasks could do next, and how it is done.
#include "harness/engine/controlled/executor.h"
#include "harness/engine/controlled/injection.h"
#include "harness/engine/controlled/machine.h"
#include "harness/engine/controlled/nested.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/segv.h"
#include "harness/engine/controlled/signals.h"
#include "harness/engine/controlled/space.h"
#include "harness/plan/words.h"

#include <fmt/format.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <utility>

namespace squall::controlled {
namespace {

enum Mark : std::uint64_t { started = 1, called, returned, signalled, expired, accessed };

bool ends_tasks(long number) {
  switch (number) {
    case SYS_exit:
    case SYS_exit_group:
    case SYS_execve:
    case SYS_execveat:
    case SYS_kill:
    case SYS_tkill:
    case SYS_tgkill:
    case SYS_rt_sigqueueinfo:
    case SYS_rt_tgsigqueueinfo:
    case SYS_pidfd_send_signal:
      return true;
    default:
      return false;
  }
}

/// A child that nobody traces would be out of control. clone3's flags are in memory, and cleared there.
bool hides_child(const Task& task) {
  const auto& arguments = task.call.arguments;
  if (task.call.number == SYS_clone) return (arguments[0] & CLONE_UNTRACED) != 0;
  if (task.call.number != SYS_clone3) return false;
  auto flags = program_value<std::uint64_t>(task, arguments[0]);
  if (!flags || (*flags & CLONE_UNTRACED) == 0) return false;
  *flags &= ~std::uint64_t{CLONE_UNTRACED};
  program_write(task, arguments[0], &*flags, sizeof *flags);
  return false;
}

}  // namespace

/// A task that yields again and again waits for others: they get more steps each time, or no strategy that is
/// not fair would ever let it find what it waits for.
bool Executor::lets_others_go_first(const Task& task) const {
  constexpr unsigned most_doublings = 10;
  if (task.yields == 0 || task.parked != Parked::entry) return false;
  const std::uint64_t due = std::uint64_t{1} << std::min(task.yields - 1, most_doublings);
  return execution_.steps.size() - task.yields_at < due;
}

void Executor::offer_plain(bool patiently) {
  for (Task* task : by_id_) {
    if (task == nullptr) continue;
    if (const FaultChoice* forced = forced_signal(*task)) offer_fault(*task, *forced);
    if (task->state != State::parked) continue;
    if (!patiently && (lets_others_go_first(*task) || task->delayed_until_ns > clock_.now_ns())) continue;
    if (const FaultChoice* forced = forced_fault(*task))
      offer_fault(*task, *forced);
    else
      offers_.push_back({candidate_of(*task), task, nullptr, std::nullopt});
  }
}

/// Faults are offered beside something else that can happen, so that none hides a deadlock.
void Executor::offer_everything() {
  offers_.clear();
  offer_plain(false);
  if (offers_.empty()) offer_plain(true);
  offer_timeouts();
  if (!offers_.empty() && !settings_.faults.empty()) offer_faults();
}

/// The next times that somebody waits for: tasks with a bound, and timers. While others could go on it is a
/// choice, for they may be slow; otherwise time jumps there.
void Executor::offer_timeouts() {
  const bool is_early = !offers_.empty();
  if (is_early && !settings_.has_early_timeouts) return;
  std::uint64_t next_ns = UINT64_MAX;
  const auto timers = timers_.next(next_ns, !is_early);
  const std::uint64_t timers_ns = next_ns;
  for (const Task* task : by_id_)
    if (task != nullptr && task->asleep && task->deadline_ns) next_ns = std::min(next_ns, *task->deadline_ns);
  for (Task* task : by_id_) {
    if (task == nullptr || !task->asleep || task->deadline_ns != next_ns) continue;
    Candidate candidate;
    candidate.task = task->id;
    candidate.kind = EventKind::timeout;
    candidate.fingerprint = mixed({task->id, expired, static_cast<std::uint64_t>(task->call.number)});
    offers_.push_back({candidate, task, nullptr, std::nullopt});
  }
  if (timers_ns != next_ns) return;
  for (const auto& timer : timers)
    if (!is_early || !would_end_it(*timer)) offer_timer(timer);
}

void Executor::offer_timer(const std::shared_ptr<Timer>& timer) {
  constexpr std::uint32_t variants = 0x7fff;
  Candidate candidate;
  candidate.task = timer->owner;
  candidate.kind = EventKind::timeout;
  candidate.variant = 1 + static_cast<std::uint32_t>(timer->number % variants);
  candidate.fingerprint = mixed({timer->owner, expired, timer->number});
  candidate.object = every_object;
  const auto found = tasks_.find(timer->pid);
  offers_.push_back({candidate, found == tasks_.end() ? nullptr : found->second.get(), timer, std::nullopt});
}

/// An alarm that nobody handles is there to end a program that hangs, and not one that is slow.
bool Executor::would_end_it(const Timer& timer) const {
  return timer.signal != 0 && timer.signal != SIGCONT && timer.thread == 0 &&
         !has_disposition(timer.pid, timer.signal);
}

void Executor::jump_to(std::uint64_t time_ns) {
  clock_.jump_to(time_ns);
  timers_.catch_up(time_ns);
}

void Executor::expire(const std::shared_ptr<Timer>& timer, Task* task) {
  jump_to(timer->due_ns);
  if (timer->signal == SIGSEGV) memory_.distrust_faults();
  if (timer->signal == SIGKILL && task != nullptr) prepare_end_of(*task->process);
  const bool is_first = timer->signal != 0 && task != nullptr && step_back(*task);
  timers_.expire(timer);
  signals_may_land_ = true;
  if (is_first) let_go(*task, false);
}

/// A signal that lands just before the call at whose entry the task is: its handler runs first. True: the
/// task has to be let go.
bool Executor::step_back(Task& task) {
  if (task.state != State::parked || task.parked != Parked::entry || is_exit(task.call.number)) return false;
  retreat(task);
  task.back.push_back({task.call.instruction, task.call.stack, task.faults, task.interrupts});
  if (!std::exchange(task.reenters, false)) return false;
  memory_.before_program(task);
  return true;
}

/// Its bound has passed: it wakes, and on_exit() gives the answer.
void Executor::expire(Task& task) {
  jump_to(*task.deadline_ns);
  task.expired = true;
  set_going(task);
  trace::interrupt(task.tid);
}

/// What the tracer does itself when its turn has come: then it does not happen.
bool Executor::answer_in_turn(Task& task) {
  auto result = sockets_.answer(task);
  if (!result) result = answer_as_machine(task, tasks_);
  if (result) answer_call(task, *result);
  return result.has_value();
}

/// A call that is made again has the bound that it had; recvmmsg, past its own, waits for the first message
/// and takes no other.
std::optional<std::uint64_t> Executor::deadline_of(Task& task) {
  if (const auto interrupted = std::exchange(task.interrupted, std::nullopt)) {
    const bool is_past = interrupted->deadline_ns <= clock_.now_ns();
    if (task.call.number != SYS_recvmmsg || !is_past) return interrupted->deadline_ns;
    task.shortened = 1;
    return std::nullopt;
  }
  const auto own = clock_.deadline_of(task);
  const Waits waits = call_of(task.call.number).waits;
  if (waits != Waits::receiving && waits != Waits::receiving_many && waits != Waits::sending) return own;
  const auto bound_ns = sockets_.bound_ns_of(task);
  if (!bound_ns) return own;
  return std::min(clock_.now_ns() + *bound_ns, own.value_or(UINT64_MAX));
}

/// Its own, unless the call is about the memory of another process.
const AddressSpace& Executor::reached_space(const Task& task) const {
  if (!reaches_across(task.call.number)) return *task.space;
  const auto other = tasks_.find(static_cast<pid_t>(task.call.arguments[0]));
  return other == tasks_.end() || !other->second->space ? *task.space : *other->second->space;
}

void Executor::enter_call(Task& task) {
  const Call& call = call_of(task.call.number);
  someone_may_die_ |= ends_tasks(task.call.number);
  objects_signal_ |= wants_signals(task.call);
  signals_may_land_ |= objects_signal_ || ends_tasks(task.call.number);
  if (answer_in_turn(task)) return;
  task.deadline_ns = call.waits == Waits::never ? std::nullopt : deadline_of(task);
  if (is_exit(task.call.number) || is_exec(task.call.number)) prepare_exit(task);
  prepare_kill(task);
  if (task.reenters) return let_go(task, false);
  const bool maps = changes_mappings(task.call);
  if (may_change_code(task.call)) task.space->code = std::make_shared<FixedCode>();
  Registers registers;
  const bool is_hidden = hides_child(task);
  const bool is_bounded = task.deadline_ns || call.waits == Waits::receiving_many;
  const AddressSpace& other = reached_space(task);
  const bool may_alter = is_bounded || is_hidden || maps || task.shortened != 0 || memory_.concerns(task) ||
                         &other != task.space.get();
  if (may_alter && trace::registers(task.tid, registers)) {
    const Registers before = registers;
    if (is_hidden) registers.rdi &= ~std::uint64_t{CLONE_UNTRACED};
    task.altered = memory_.enter(task, registers) || is_bounded || is_hidden || task.shortened != 0;
    if (is_bounded) Clock::remove_bound(task, registers);
    if (task.shortened != 0) registers.rdx = std::exchange(task.shortened, 0);
    task.nested = task.space->has_slots && move_nested_pointers(task, other, registers);
    task.altered = task.altered || task.nested;
    if (task.altered) trace::update_registers(task.tid, before, registers);
  }
  let_go(task, call.blocks || call.makes || maps || task.altered || task.space->must_close ||
                   changes_segv(task.call));
}

/// What the tracer answers itself: the call does not happen.
bool Executor::answer_quietly(Task& task) {
  Registers registers;
  if (Timers::concerns(task.call.number)) {
    if (!trace::registers(task.tid, registers) || !timers_.answer(task, registers, clock_)) return false;
    trace::set_registers(task.tid, registers);
    let_go(task, false);
    return true;
  }
  if (!answers(task.call) || !trace::registers(task.tid, registers)) return false;
  if (!clock_.answer(task, registers) && !answer_about_machine(task, registers)) return false;
  trace::set_registers(task.tid, registers);
  let_go(task, false);
  return true;
}

Candidate Executor::candidate_of(Task& task) {
  Candidate candidate;
  candidate.task = task.id;
  switch (task.parked) {
    case Parked::start:
      candidate.kind = EventKind::start;
      candidate.fingerprint = mixed({task.id, started});
      break;
    case Parked::entry:
      return call_candidate(task);
    case Parked::exit:
      candidate.fingerprint = mixed({task.id, returned, static_cast<std::uint64_t>(task.call.number)});
      break;
    case Parked::signal:
      candidate.fingerprint = mixed({task.id, signalled, static_cast<std::uint64_t>(task.signal)});
      break;
    case Parked::access:
      return access_candidate(task);
  }
  return candidate;
}

/// Half of a read-modify-write that others may come between is an event of its own.
Candidate Executor::access_candidate(Task& task) {
  const PendingAccess& pending = task.access;
  Candidate candidate;
  candidate.task = task.id;
  candidate.object = task.object;
  candidate.span = pending.access.size;
  candidate.is_write = pending.access.kind != AccessKind::load;
  switch (pending.access.kind) {
    case AccessKind::load:
      candidate.kind = EventKind::load;
      break;
    case AccessKind::store:
      candidate.kind = EventKind::store;
      break;
    case AccessKind::rmw:
      candidate.kind = EventKind::rmw;
      break;
  }
  if (candidate.kind == EventKind::rmw && !pending.access.is_atomic && pending.obstacle == Obstacle::none) {
    candidate.kind = pending.is_loaded ? EventKind::store : EventKind::load;
    candidate.is_write = pending.is_loaded;
  }
  candidate.fingerprint =
      mixed({task.id, accessed, static_cast<std::uint64_t>(candidate.kind), task.object, candidate.span});
  return candidate;
}

Candidate Executor::call_candidate(Task& task) {
  const Call& call = call_of(task.call.number);
  Candidate candidate;
  candidate.task = task.id;
  candidate.kind = is_exit(task.call.number) ? EventKind::exit : EventKind::call;
  candidate.object = task.object;
  if (call.touches == Touches::futex) candidate.span = sizeof(std::uint32_t);  // the word, as accesses see it
  candidate.is_write = call.writes;
  candidate.touches_more = task.touches_more;
  candidate.awaits_ends = task.call.number == SYS_wait4 || task.call.number == SYS_waitid;
  candidate.fingerprint = mixed({task.id, called, static_cast<std::uint64_t>(task.call.number), task.object});
  return candidate;
}

void Executor::perform(const Offer& offer) {
  someone_may_wake_ = true;
  someone_may_die_ = offer.timer != nullptr;
  if (offer.timer) return expire(offer.timer, offer.task);
  Task& task = *offer.task;
  if (offer.fault) return perform_fault(task, *offer.fault);
  if (offer.candidate.kind == EventKind::timeout) return expire(task);
  switch (task.parked) {
    case Parked::entry:
      return enter_call(task);
    case Parked::signal:
      return deliver(task);
    case Parked::start:
    case Parked::exit:
      memory_.before_program(task);
      return let_go(task, false);
    case Parked::access:
      someone_may_wake_ = false;
      memory_.before_program(task);
      if (memory_.perform(task)) let_go(task, false);
      return;
  }
}

void Executor::deliver(Task& task) {
  someone_may_die_ = true;
  if (prepare_fatal_signal(task)) return let_go(task, false);
  siginfo_t information;
  if (!task.space->must_close || task.opened || !trace::information(task.tid, information))
    return let_go(task, false, task.signal);
  memory_.before_program(task);
  if (deliver_again(task.process->pid, task.tid, information)) return let_go(task, false, task.signal);
  task.state = State::running;  // what it has stopped for instead comes next
}

void Executor::record(const Offer& offer) {
  execution_.steps.push_back(offer.candidate);
  if (settings_.words) execution_.words.push_back(in_words(offer));
}

std::string Executor::in_words(const Offer& offer) const {
  if (offer.timer) return fmt::format("a timer of {} expires", lineages_.names()[offer.candidate.task]);
  const Task& task = *offer.task;
  if (offer.fault)
    return fmt::format("{}'s {} {}", task.lineage, name_of_call(task.call.number),
                       controlled::in_words(*offer.fault, settings_.faults));
  if (offer.candidate.kind == EventKind::timeout)
    return fmt::format("{}'s {} times out", task.lineage, name_of_call(task.call.number));
  switch (task.parked) {
    case Parked::start:
      return fmt::format("{} begins", task.lineage);
    case Parked::exit:
      return fmt::format("{} returns from {}", task.lineage, name_of_call(task.call.number));
    case Parked::signal:
      return fmt::format("{} is delivered {}", task.lineage, plan::signal_name(task.signal));
    case Parked::access:
      return fmt::format("{} {}s {}", task.lineage, word_for(offer.candidate.kind),
                         SharedMemory::name(*task.space, task.access.access.address));
    case Parked::entry:
      break;
  }
  const std::string object = object_in_words(task);
  return fmt::format("{} calls {}{}{}", task.lineage, name_of_call(task.call.number),
                     object.empty() ? "" : " ", object);
}

}  // namespace squall::controlled
