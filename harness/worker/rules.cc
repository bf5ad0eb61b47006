// What the plan's rules mean to a worker: which of its operations and passages count, and what it does when
// one is due.
#include "harness/faults/points.h"
#include "harness/worker/worker.h"

#include <dlfcn.h>
#include <signal.h>

#include <algorithm>

namespace squall::worker {
namespace {

using Action = scenario::Fault::Action;

/// Signals that the handler met. The page outlives every handler.
std::atomic<std::uint64_t>* handled_signals = nullptr;

/// Async-signal-safe.
void on_signal(int signal) { handled_signals[signal].fetch_add(1, std::memory_order_relaxed); }

bool wants_handler(const plan::Rule& rule) {
  return (rule.fault.action == Action::storm || rule.fault.action == Action::interrupt) &&
         rule.fault.signal != SIGSTOP;
}

bool concerns(const std::vector<unsigned>& processes, unsigned number) {
  return std::find(processes.begin(), processes.end(), number) != processes.end();
}

/// False: somebody else handles, or ignores, the signal.
bool install_handler(const scenario::Fault& fault) {
  struct sigaction now {};
  if (sigaction(fault.signal, nullptr, &now) != 0) return false;
  if (now.sa_handler == on_signal) return true;
  if (now.sa_handler != SIG_DFL) return false;
  struct sigaction wanted {};
  wanted.sa_handler = on_signal;
  wanted.sa_flags = (fault.restart ? SA_RESTART : 0) | (fault.nodefer ? SA_NODEFER : 0);
  return sigaction(fault.signal, &wanted, nullptr) == 0;
}

/// Takes what is pending, and no more.
void open_window(int signal) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  sigprocmask(SIG_UNBLOCK, &one, nullptr);
  sigprocmask(SIG_BLOCK, &one, nullptr);
}

/// Whether the worker counts towards the rule: calls are counted elsewhere, and some rules need no count.
bool is_counted_here(const plan::Rule& rule) {
  const scenario::Fault& fault = rule.fault;
  if (fault.is_decided_at_a_call() || fault.action == Action::fill) return false;
  const bool from_the_start = fault.call.empty() && fault.point.empty() && fault.of.empty() &&
                              fault.channel.empty() && fault.when.first == 1;
  return fault.action != Action::storm || !from_the_start;
}

/// Tells the preloaded library, if it is there, whether calls count: those of the set-up do not.
void let_calls_count(bool count) {
  using Switch = void (*)(int);
  static const auto preloaded = reinterpret_cast<Switch>(dlsym(RTLD_DEFAULT, "squall_faults_count"));
  if (preloaded != nullptr) preloaded(count ? 1 : 0);
}

}  // namespace

/// A program that has a handler of its own keeps it, and its mask. From here on the signals of the plan may
/// come.
void Worker::install_handlers() {
  handled_signals = slot_->handled;
  for (const plan::Rule& rule : plan_.rules) {
    if (!wants_handler(rule) || !concerns(rule.targets, number_) || !install_handler(rule.fault)) continue;
    if (rule.fault.hold == 0) continue;
    open_window(rule.fault.signal);
    windows_.push_back({rule.fault.signal, rule.fault.hold});
  }
}

void Worker::watch_rules() {
  counters_.clear();
  for (unsigned rule = 0; rule < plan_.rules.size(); ++rule) {
    const plan::Rule& is = plan_.rules[rule];
    if (!is_counted_here(is) || !concerns(is.triggers, number_)) continue;
    counters_.push_back({rule});
    if (!is.fault.point.empty()) watch_point(is.fault.point);
  }
  for (const std::string& point : points_.points()) watch_point(point);
  has_rules_ = !counters_.empty() || !windows_.empty();
  let_calls_count(true);
}

void Worker::forget_rules() { let_calls_count(false); }

void Worker::watch_point(const std::string& point) {
  faults::watch_point(point, [this](std::string_view name) { return passed_point(name); });
}

bool Worker::passed_point(std::string_view name) {
  for (Counter& counter : counters_)
    if (plan_.rules[counter.rule].fault.point == name) count(counter);
  return points_.passed(name);
}

void Worker::let_faults_happen(history::Call call, unsigned channel) {
  for (Window& window : windows_)
    if (++window.operations % window.every == 0) open_window(window.signal);
  for (Counter& counter : counters_) {
    const plan::Rule& rule = plan_.rules[counter.rule];
    if (!rule.fault.point.empty()) continue;
    if (!rule.fault.call.empty() && history::call_named(rule.fault.call) != call) continue;
    if (!rule.channels.empty() && !concerns(rule.channels, channel)) continue;
    count(counter);
  }
}

void Worker::count(Counter& counter) {
  if (plan_.rules[counter.rule].fault.when.matches(++counter.count)) fire(counter);
}

void Worker::fire(const Counter& counter) {
  const plan::Rule& rule = plan_.rules[counter.rule];
  slot_->parked_at.store(counter.count, std::memory_order_relaxed);
  slot_->parked.store(counter.rule + 1, std::memory_order_release);
  wake_supervisor();
  if (!futex_wait(slot_->parked, counter.rule + 1, patience()))
    broken("the supervisor never carried out: " + rule.text);
  if (rule.fault.action == Action::close)
    for (unsigned channel : rule.channels) close(channel);
}

}  // namespace squall::worker
