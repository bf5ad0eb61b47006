// The oracles that need no scenario.
#include "harness/engine/controlled/executor.h"
#include "harness/engine/controlled/observer.h"
#include "harness/engine/controlled/quiescence.h"
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

namespace squall::controlled {
namespace {

struct Word {
  Failure failure;
  std::string_view word;
};
constexpr std::array<Word, 12> words = {{{Failure::none, "none"},
                                        {Failure::bad_exit, "bad-exit"},
                                        {Failure::fatal_signal, "fatal-signal"},
                                        {Failure::deadlock, "deadlock"},
                                        {Failure::left_behind, "left-behind"},
                                        {Failure::livelock, "livelock"},
                                        {Failure::object_left, "object-left"},
                                        {Failure::descriptor_open, "descriptor-open"},
                                        {Failure::sanitizer, "sanitizer"},
                                        {Failure::spin, "spin"},
                                        {Failure::outside, "outside"},
                                        {Failure::broken, "broken"}}};

/// Signals that a program gets for what it did itself.
bool is_a_crash(int signal) {
  switch (signal) {
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
    case SIGSYS:
    case SIGTRAP:
      return true;
    default:
      return false;
  }
}

std::uint64_t processor_time_ns(pid_t tid) {
  std::ifstream file(fmt::format("/proc/{}/schedstat", tid));
  std::uint64_t time = 0;
  file >> time;
  return time;
}

}  // namespace

std::string_view word_for(Failure failure) { return words[static_cast<std::size_t>(failure)].word; }

Failure failure_of(std::string_view word) {
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const Word& row) { return row.word == word; });
  return found == words.end() ? Failure::none : found->failure;
}

/// The first one counts.
void Executor::fail(Failure failure, std::string what) {
  if (execution_.failure != Failure::none) return;
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
  if (WIFSIGNALED(status) && (is_root || is_a_crash(WTERMSIG(status))))
    fail(Failure::fatal_signal, fmt::format("{} was killed by signal {} ({})", task.lineage, WTERMSIG(status),
                                            strsignal(WTERMSIG(status))));
  else if (is_root && WIFEXITED(status) && WEXITSTATUS(status) != 0)
    fail(Failure::bad_exit, fmt::format("{} exited with {}", task.lineage, WEXITSTATUS(status)));
}

/// Nobody is parked, so only the world outside could go on.
void Executor::judge_standstill() {
  if (tasks_.empty() || ending_) return;
  const bool outside = std::any_of(tasks_.begin(), tasks_.end(),
                                   [this](const auto& entry) { return waits_for_outside(*entry.second); });
  if (outside)
    fail(Failure::outside, "everybody waits, at least one for what nobody traced can do:\n" + who_waits());
  else if (root_ended_)
    fail(Failure::left_behind, "the program ended and left behind:\n" + who_waits());
  else
    fail(Failure::deadlock, "everybody waits for somebody else:\n" + who_waits());
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

/// A clock, a timer or a network: things that end a sleep without any task.
bool Executor::waits_for_outside(Task& task) const {
  if (task.state != State::running) return false;
  return task.process == nullptr;  // until timers are ours
}

void Executor::look_for_spinning() {
  for (Task* task : going_) {
    task->lowered = processor_.ordered();
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
