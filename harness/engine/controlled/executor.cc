// The loop: settle, offer, pick, perform. What stops mean is in executor_events.cc, what steps are in
// executor_steps.cc, what a standstill means in executor_judge.cc.
#include "harness/engine/controlled/executor.h"

#include "harness/engine/controlled/injection.h"
#include "harness/engine/controlled/observer.h"
#include "harness/engine/controlled/quiescence.h"
#include "harness/engine/controlled/space.h"
#include "ipc/clock.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

namespace squall::controlled {
namespace {

constexpr std::size_t most_output_bytes = 1 << 20;
constexpr unsigned patient_looks = 50;  ///< before the tracer naps between looks
constexpr unsigned idle_nap_us = 50;

std::string contents(const FileDescriptor& file) {
  std::string text;
  char piece[16384];
  while (text.size() < most_output_bytes) {
    const ssize_t size = pread(file.get(), piece, sizeof piece, static_cast<off_t>(text.size()));
    if (size <= 0) break;
    text.append(piece, static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace

Executor::Executor(const Settings& settings, const CallFilter& filter, Processor& processor,
                   Watchdog& watchdog, Lineages& lineages, ForkServer* server)
    : settings_(settings),
      filter_(filter),
      processor_(processor),
      watchdog_(watchdog),
      lineages_(lineages),
      server_(server),
      memory_(settings.points, settings.private_files, pids_),
      mappings_fail_(std::any_of(settings.faults.begin(), settings.faults.end(), is_about_mappings)) {}

Executor::~Executor() { end_everybody(); }

Execution Executor::run(Strategy& strategy) {
  if (begin(strategy)) {
    settle();
    while (!tasks_.empty() && !ending_ && advance(strategy)) settle();
  }
  end_everybody();
  collect_output();
  execution_.tasks = lineages_.names();
  execution_.fallbacks = memory_.fallbacks();
  for (const auto* notes : {&memory_.notes(), &timers_.notes()})
    execution_.notes.insert(execution_.notes.end(), notes->begin(), notes->end());
  for (Observer* observer : settings_.observers) observer->ended(execution_);
  ExecutionSummary summary;
  summary.failed = is_violation(execution_.failure);
  summary.abandoned = execution_.abandoned;
  summary.steps = execution_.steps.size();
  summary.reached = std::move(execution_.reached);
  strategy.finish(summary);
  return std::move(execution_);
}

bool Executor::begin(Strategy& strategy) {
  for (Observer* observer : settings_.observers) observer->begun();
  const auto copy = server_ != nullptr && server_->is_ready() ? server_->copy() : std::nullopt;
  if (copy) return resume(*copy, strategy);
  output_.reset(memfd_create("output", MFD_CLOEXEC));
  errors_.reset(memfd_create("errors", MFD_CLOEXEC));
  const auto root = launch(settings_.command, filter_, output_.get(), errors_.get(), processor_.ordered());
  if (!root) {
    fail(Failure::broken, root.error().message());
    return false;
  }
  going_.push_back(&add_root(*root));
  return true;
}

Task& Executor::add_root(pid_t pid) {
  root_ = pid;
  pids_.insert(root_);
  Task& task = add(root_, State::running);
  task.lineage = "0";
  task.process = std::make_shared<Process>();
  task.process->pid = root_;
  task.process->lineage = task.lineage;
  task.space = std::make_shared<AddressSpace>();
  name(task);
  return task;
}

/// One step. False: the execution is over.
bool Executor::advance(Strategy& strategy) {
  processor_.share();
  if (watchdog_.has_lowered()) restore_order();
  if (std::exchange(signals_may_land_, false) && let_signals_land()) return true;
  clock_.pass();
  offer_everything();
  if (offers_.empty()) return judge_standstill();
  if (jumps_over_strangers()) return true;
  candidates_.clear();
  for (const Offer& offer : offers_) candidates_.push_back(offer.candidate);
  if (strategy.wants_reached())
    execution_.reached.push_back(contents_.reached(execution_.steps.size(), by_id_));
  const auto picked = choose(strategy);
  if (!picked) return false;
  const Offer& offer = offers_[*picked];
  record(offer);
  if (strategy.wants_reached() && offer.task != nullptr) contents_.expect(*offer.task);
  if (execution_.steps.size() >= settings_.most_steps) {
    fail(Failure::livelock, fmt::format("no end after {} steps", settings_.most_steps));
    return false;
  }
  current_ = offer.candidate.task;
  for (Observer* observer : settings_.observers)
    observer->step(by_id_, offer.task, offer.candidate, execution_.steps.size() - 1);
  perform(offer);
  return true;
}

/// Among candidates_. Nothing: the execution is over.
std::optional<std::size_t> Executor::choose(Strategy& strategy) {
  const auto picked = strategy.pick(candidates_, execution_.steps.size(), current_);
  if (picked) return picked;
  execution_.abandoned = true;
  execution_.said = strategy.said();
  if (const auto met = strategy.met()) execution_.said += in_words(offers_[*met]);
  return std::nullopt;
}

/// Until everybody is parked, asleep or gone.
void Executor::settle() {
  while (!ending_) {
    for (const Stop& stop : std::exchange(put_off(), {})) handle(stop);
    while (const auto stop = trace::next(false)) {
      handle(*stop);
      if (going_.empty() && !someone_may_wake_ && put_off().empty())
        return;  // nobody but that one could stop
    }
    if (ending_ || nobody_runs()) return;
    await_a_stop();
  }
}

/// The first thread of a process has ended, and the others have not: its end is not told before theirs.
bool Executor::is_waiting_zombie(Task& task) {
  if (task.state != State::dying || !task.process || task.tid != task.process->pid) return false;
  const auto threads = std::count_if(
      tasks_.begin(), tasks_.end(), [&](const auto& entry) { return entry.second->process == task.process; });
  return threads > 1 && state_letter(task) == 'Z';
}

std::size_t Executor::count_spaces() const {
  std::set<const AddressSpace*> spaces;
  for (const auto& [tid, task] : tasks_)
    if (task->space && task->state != State::dying) spaces.insert(task->space.get());
  return spaces.size();
}

bool Executor::nobody_runs() {
  std::erase_if(going_, [this](Task* task) { return is_waiting_zombie(*task); });
  if (!put_off().empty()) return false;
  const bool ordered = processor_.ordered() && !watchdog_.has_lowered();
  if (going_.empty() && (ordered || !someone_may_wake_)) return true;
  std::vector<Task*> sleepers = going_;
  for (const auto& [tid, task] : tasks_) {
    if (task->state == State::running && task->asleep && !ordered) sleepers.push_back(task.get());
    const bool parked = task->state == State::parked || task->state == State::stopped;
    if (someone_may_die_ && parked && state_letter(*task) != 't') return false;
  }
  if (!all_asleep(sleepers, ordered)) return false;
  for (Task* task : going_) task->asleep = task->slept = true;
  going_.clear();
  someone_may_wake_ = someone_may_die_ = false;
  return true;
}

/// Everybody stands still: whoever was thought to spin does not.
void Executor::restore_order() {
  for (const auto& [tid, task] : tasks_) Processor::order(tid);
  watchdog_.restored();
}

/// Somebody has been let go and has neither stopped nor fallen asleep yet.
void Executor::await_a_stop() {
  const bool sure_to_stop = !going_.empty() && std::none_of(going_.begin(), going_.end(), [](Task* task) {
    return task->in_call || task->state == State::dying;
  });
  if (sure_to_stop) {
    if (const auto stop = trace::next(true)) handle(*stop);
  } else {
    sched_yield();
    if (++idle_looks_ > patient_looks) usleep(idle_nap_us);
  }
  if (watchdog_.barked()) look_for_spinning();
}

void Executor::end_everybody() {
  ending_ = true;
  for (const auto& [tid, task] : tasks_) kill(task->process ? task->process->pid : tid, SIGKILL);
  while (!tasks_.empty()) {
    const auto stop = trace::next(true);
    if (!stop && errno == ECHILD) break;
    if (!stop) continue;
    if (stop->event == Event::dead)
      tasks_.erase(stop->tid);
    else if (stop->event == Event::fork)
      kill(static_cast<pid_t>(stop->detail), SIGKILL);
    if (stop->event != Event::dead) trace::cont(stop->tid);
  }
  tasks_.clear();
  going_.clear();
  by_id_.clear();
}

void Executor::collect_output() {
  execution_.output = contents(output_);
  execution_.errors = contents(errors_);
}

}  // namespace squall::controlled
