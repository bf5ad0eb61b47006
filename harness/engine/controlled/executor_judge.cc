// The oracles that need no scenario.
#include "harness/engine/controlled/executor.h"
#include "harness/engine/controlled/observer.h"
#include "harness/engine/controlled/quiescence.h"
#include "harness/engine/controlled/signals.h"
#include "harness/engine/controlled/sockets.h"
#include "harness/engine/controlled/space.h"
#include "ipc/clock.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <numeric>
#include <utility>

namespace squall::controlled {
namespace {

struct Word {
  Failure failure;
  std::string_view word;
};
constexpr std::array<Word, 13> words = {{{Failure::none, "none"},
                                         {Failure::bad_exit, "bad-exit"},
                                         {Failure::fatal_signal, "fatal-signal"},
                                         {Failure::deadlock, "deadlock"},
                                         {Failure::left_behind, "left-behind"},
                                         {Failure::livelock, "livelock"},
                                         {Failure::object_left, "object-left"},
                                         {Failure::descriptor_open, "descriptor-open"},
                                         {Failure::sanitizer, "sanitizer"},
                                         {Failure::property, "property"},
                                         {Failure::spin, "spin"},
                                         {Failure::outside, "outside"},
                                         {Failure::broken, "broken"}}};

std::uint64_t processor_time_ns(pid_t tid) {
  std::ifstream file(fmt::format("/proc/{}/schedstat", tid));
  std::uint64_t time = 0;
  file >> time;
  return time;
}

/// Somebody who was asleep is not any more, and has not stopped yet.
bool has_woken(const TaskTable& tasks) {
  return std::any_of(tasks.begin(), tasks.end(), [](const auto& entry) {
    Task& task = *entry.second;
    return task.state == State::running && task.asleep && !looks_asleep(task);
  });
}

}  // namespace

std::string_view word_for(Failure failure) { return words[static_cast<std::size_t>(failure)].word; }

Failure failure_of(std::string_view word) {
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const Word& row) { return row.word == word; });
  return found == words.end() ? Failure::none : found->failure;
}

/// The first one counts. The program is not blamed for what control has kept from it.
void Executor::fail(Failure failure, std::string what) {
  if (execution_.failure != Failure::none) return;
  if (is_violation(failure) && !memory_.doubt().empty()) {
    failure = Failure::outside;
    what = memory_.doubt() + ", and then: " + what;
  }
  execution_.failure = failure;
  execution_.what = std::move(what);
  for (Observer* observer : settings_.observers) observer->failed(by_id_, execution_);
}

void Executor::judge_end(const Task& task, int status) {
  if (ending_ || task.process == nullptr || task.tid != task.process->pid) return;
  const bool is_root = task.tid == root_;
  root_ended_ = root_ended_ || is_root;
  if (is_root && !has_begun_)
    fail(Failure::broken, fmt::format("cannot run {}", settings_.command.words.front()));
  if (!settings_.judges_ends || (WIFSIGNALED(status) && WTERMSIG(status) == task.process->ended_by_us))
    return;
  const bool may_fail = had_hard_fault_;  // a clean error is a right answer then
  if (WIFSIGNALED(status) && ((is_root && !may_fail) || is_a_crash(WTERMSIG(status))))
    fail(Failure::fatal_signal, fmt::format("{} was killed by signal {} ({})", task.lineage, WTERMSIG(status),
                                            strsignal(WTERMSIG(status))));
  else if (is_root && !may_fail && WIFEXITED(status) && WEXITSTATUS(status) != 0)
    fail(Failure::bad_exit, fmt::format("{} exited with {}", task.lineage, WEXITSTATUS(status)));
}

/// Nobody is parked, so only the world outside could go on. True: it has.
bool Executor::judge_standstill() {
  if (tasks_.empty() || ending_) return false;
  outside_.look_again();
  if (worst_waker() != Waker::traced) {
    if (await_outside(settings_.outside_ms)) return true;
    fail(Failure::outside, "everybody waits, at least one for what somebody else may do:\n" + who_waits());
  } else if (wakes_late()) {
    return true;
  } else if (is_data_on_its_way()) {
    fail(Failure::outside, "everybody waits, and TCP still holds something back:\n" + who_waits());
  } else if (root_ended_) {
    fail(Failure::left_behind, "the program ended and left behind:\n" + who_waits());
  } else {
    fail(Failure::deadlock, "everybody waits for somebody else:\n" + who_waits());
  }
  return false;
}

bool Executor::is_data_on_its_way() const {
  return std::any_of(pids_.begin(), pids_.end(), has_data_on_its_way);
}

std::uint64_t Executor::state_of_connections() const {
  return std::accumulate(pids_.begin(), pids_.end(), std::uint64_t{0}, [](std::uint64_t sum, pid_t pid) {
    return sum + controlled::state_of_connections(pid);
  });
}

/// The kernel does some of its work behind the back of the calls that cause it: closing what was sent,
/// flushing. What TCP holds back goes by timers of the kernel's own.
bool Executor::wakes_late() {
  constexpr std::uint64_t patience_ns = 5'000'000, most_ns = 1'500'000'000;
  constexpr unsigned nap_us = 500;
  const std::uint64_t began_ns = ipc::now_ns();
  for (std::uint64_t until_ns = began_ns + patience_ns;; usleep(nap_us)) {
    if (const auto stop = trace::next(false)) {
      handle(*stop);
      return true;
    }
    const std::uint64_t now_ns = ipc::now_ns();  // a nap may have been a long one
    if (is_data_on_its_way() || has_woken(tasks_))
      until_ns = std::min(now_ns + patience_ns, began_ns + most_ns);
    if (now_ns >= until_ns) return false;
  }
}

/// What TCP holds back comes before a bound; what was awaited in vain, not before some step has changed it.
bool Executor::something_comes_first() {
  const bool is_awaited = is_data_on_its_way() && state_of_connections() != awaited_in_vain_;
  if (!is_awaited && !has_woken(tasks_)) return false;
  if (wakes_late()) return true;
  awaited_in_vain_ = state_of_connections();
  return false;
}

Waker Executor::worst_waker() const {
  Waker worst = Waker::traced;
  for (const auto& [tid, task] : tasks_)
    if (task->state == State::running && task->asleep) worst = std::max(worst, outside_.of(*task));
  return worst;
}

/// Only time could go on, but what TCP holds back, or somebody who is not traced, may come first: he gets as
/// long in real time, for it would be unfair to let hours pass in no time. True: something came.
bool Executor::jumps_over_strangers() {
  const bool is_jump = std::all_of(offers_.begin(), offers_.end(), [](const Offer& offer) {
    return offer.candidate.kind == EventKind::timeout || (offer.fault && !offer.fault->is_forced);
  });
  if (!is_jump) return false;
  const bool is_late = !settings_.has_early_timeouts;  // bounds pass when nobody can do anything else
  if (is_late && something_comes_first()) return true;
  if (worst_waker() != Waker::stranger) return false;
  const Offer& first = offers_.front();
  const std::uint64_t until_ns = first.timer ? first.timer->due_ns : *first.task->deadline_ns;
  const std::uint64_t left_ms = (until_ns - std::min(until_ns, clock_.now_ns())) / 1'000'000;
  return await_outside(std::min<std::uint64_t>(left_ms, settings_.outside_ms));
}

/// In real time: what is not traced does not keep to ours. Whether something came of it.
bool Executor::await_outside(std::uint64_t most_ms) {
  constexpr unsigned nap_us = 500;
  if (!std::exchange(has_awaited_outside_, true))
    execution_.notes.push_back("it waits for what is not traced, and that is not under control");
  const std::uint64_t until_ns = ipc::now_ns() + most_ms * 1'000'000;
  while (ipc::now_ns() < until_ns) {
    if (const auto stop = trace::next(false)) {
      handle(*stop);
      return true;
    }
    usleep(nap_us);
  }
  return false;
}

std::string Executor::object_in_words(const Task& task) const {
  const bool futex = call_of(task.call.number).touches == Touches::futex;
  return futex ? SharedMemory::name(*task.space, task.call.arguments[0]) : objects_.name(task.object);
}

std::string Executor::who_waits() const {
  std::string text;
  for (const Task* task : by_id_) {
    if (task == nullptr) continue;
    const std::string object = object_in_words(*task);
    text += fmt::format("  {} (pid {}): {}", task->lineage, task->tid,
                        task->state == State::stopped ? std::string("is stopped")
                                                      : "asleep in " + name_of_call(task->call.number));
    if (!object.empty()) text += " on " + object;
    text += '\n';
  }
  return text;
}

void Executor::look_for_spinning() {
  for (Task* task : going_) {
    const std::uint64_t burnt = processor_time_ns(task->tid);
    if (task->suspect_since_ns == 0 || burnt < task->suspect_since_ns) {
      task->suspect_since_ns = burnt;
    } else if (burnt - task->suspect_since_ns > std::uint64_t{settings_.spin_ms} * 500'000) {
      fail(Failure::spin,
           fmt::format("{} (pid {}) spins without a schedule point", task->lineage, task->tid));
      ending_ = true;
    }
  }
}

}  // namespace squall::controlled
