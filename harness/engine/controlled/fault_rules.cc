#include "harness/engine/controlled/fault_rules.h"

#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/signals.h"
#include "harness/faults/page.h"
#include "harness/plan/reach.h"
#include "harness/plan/words.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/syscall.h>

#include <algorithm>
#include <csignal>
#include <iterator>
#include <optional>

namespace squall::controlled {
namespace {

using scenario::Fault;
using Action = Fault::Action;

/// Calls that stand for an operation of workers; all calls where none is named.
faults::CallSet calls_for(const Fault& fault) {
  if (fault.is_decided_at_a_call()) return plan::calls_of(fault);
  Fault like = fault;
  if (fault.call == "send") like.call = "write";
  if (fault.call == "receive") like.call = "read";
  return plan::calls_of(like);
}

std::string program_of(const std::string& at) { return at.substr(0, at.find('[')); }

bool is_meant(const Task& task, const FaultRule& rule) {
  const std::string& at = rule.fault.at;
  if (at == "all" || at.empty()) return true;
  const bool is_it = !rule.is_numbered() || rule.lineage == task.process->lineage;
  return is_it && program_of(at) == task.process->program;
}

faults::Action legality_action(Action action) {
  switch (action) {
    case Action::error:
      return faults::Action::error;
    case Action::shorten:
      return faults::Action::shorten;
    case Action::interrupt:
      return faults::Action::interrupt;
    case Action::spurious:
      return faults::Action::spurious;
    default:
      return faults::Action::none;
  }
}

/// The row that allows it for one of the calls that it may be.
const faults::Row* find_row(const Task& task, const Fault& fault, const faults::CallSet& meant) {
  const faults::Circumstances where = circumstances_of(task);
  for (std::size_t i = 0; i < faults::calls().size(); ++i) {
    if (!meant.has(static_cast<faults::Call>(i))) continue;
    if (const auto* row = faults::find_legal(legality_action(fault.action), static_cast<faults::Call>(i),
                                             fault.error, where, fault.portable))
      return row;
  }
  return nullptr;
}

bool has_common(const faults::CallSet& one, const faults::CallSet& other, faults::CallSet& both) {
  for (std::size_t i = 0; i < std::size(both.bits); ++i) both.bits[i] = one.bits[i] & other.bits[i];
  return !both.empty();
}

/// What happens to a process may happen at calls that no function of libc stands for alone: futex.
bool is_any_call(const Task& task, const Fault& fault) {
  return !fault.is_decided_at_a_call() && fault.call.empty() && !is_exit(task.call.number);
}

/// How much less is asked for: a byte, half, all but one. Of buffers, one less.
std::vector<std::uint64_t> shorter_requests(const Task& task) {
  const auto& arguments = task.call.arguments;
  switch (task.call.number) {
    case SYS_readv:
    case SYS_writev:
      return arguments[2] > 1 ? std::vector<std::uint64_t>{arguments[2] - 1} : std::vector<std::uint64_t>{};
    case SYS_read:
    case SYS_write:
    case SYS_pread64:
    case SYS_pwrite64:
    case SYS_recvfrom:
    case SYS_sendto:
      break;
    default:
      return {};
  }
  std::vector<std::uint64_t> lengths;
  for (const std::uint64_t length : {std::uint64_t{1}, arguments[2] / 2, arguments[2] - 1})
    if (length > 0 && length < arguments[2] && std::count(lengths.begin(), lengths.end(), length) == 0)
      lengths.push_back(length);
  return lengths;
}

void add_choices(Task& task, const FaultRule& rule, FaultChoice choice) {
  switch (rule.fault.action) {
    case Action::error:
      choice.value = static_cast<std::uint64_t>(rule.fault.error);
      break;
    case Action::delay:
      choice.value = std::max<std::uint64_t>(1, rule.fault.delay_ns.high);
      break;
    case Action::storm:
      choice.value = static_cast<std::uint64_t>(rule.fault.signal);
      task.interrupts.push_back(choice);
      break;
    case Action::kill:
    case Action::interrupt:
      choice.value = static_cast<std::uint64_t>(rule.fault.signal);
      break;
    case Action::stop:
      choice.value = rule.fault.resume_ms;
      break;
    case Action::spurious:
      break;
    case Action::shorten:
      for (const std::uint64_t length : shorter_requests(task)) {
        choice.value = length;
        task.faults.push_back(choice);
        ++choice.number;
        if (choice.is_forced) break;
      }
      return;
    default:
      return;
  }
  (rule.fault.action == Action::interrupt ? task.interrupts : task.faults).push_back(choice);
}

}  // namespace

std::string lineage_of(const std::string& at, const Programs& programs) {
  const auto bracket = at.find('[');
  const auto found = programs.find(program_of(at));
  if (bracket == at.npos || found == programs.end()) return {};
  const std::size_t number = std::stoul(at.substr(bracket + 1));
  if (number >= found->second.size()) return {};
  return *std::next(found->second.begin(), static_cast<std::ptrdiff_t>(number));
}

bool is_about_mappings(const FaultRule& rule) {
  return rule.fault.action == Action::error && calls_for(rule.fault).has(faults::Call::mmap);
}

bool would_handle(const Task& task, int signal) {
  const Signals signals = signals_of(task.tid);
  return (signals.caught & ~signals.blocked & faults::signal_bit(signal)) != 0;
}

/// If it is back at a call that it was taken back from.
bool restore_faults(Task& task) {
  const auto known = std::find_if(task.back.rbegin(), task.back.rend(), [&](const Back& back) {
    return back.instruction == task.call.instruction && back.stack == task.call.stack;
  });
  if (known == task.back.rend()) return false;
  task.faults = std::move(known->faults);
  task.interrupts = std::move(known->interrupts);
  task.back.erase(known.base() - 1, task.back.end());  // handlers that it had left by a jump are gone
  return true;
}

void find_faults(Task& task, const std::vector<FaultRule>& rules) {
  task.faults.clear();
  task.interrupts.clear();
  if (restore_faults(task)) return;
  task.occurrences.resize(rules.size());
  const faults::CallSet calls = libc_calls_of(task);
  for (std::size_t at = 0; at < rules.size(); ++at) {
    const Fault& fault = rules[at].fault;
    faults::CallSet meant;
    if (!is_meant(task, rules[at]) ||
        (!has_common(calls, calls_for(fault), meant) && !is_any_call(task, fault)))
      continue;
    if (!fault.when.matches(++task.occurrences[at])) continue;
    FaultChoice choice;
    choice.rule = static_cast<std::uint16_t>(at);
    choice.is_forced = !rules[at].is_choice();
    choice.is_hard = fault.illegal || fault.action == Action::kill || fault.action == Action::error;
    if (legality_action(fault.action) != faults::Action::none && !fault.illegal) {
      const faults::Row* row = find_row(task, fault, meant);
      if (row == nullptr) continue;
      choice.is_hard = row->grade == faults::Grade::hard;
    }
    add_choices(task, rules[at], choice);
  }
}

std::string in_words(const FaultChoice& choice, const std::vector<FaultRule>& rules) {
  switch (rules[choice.rule].fault.action) {
    case Action::error:
      return fmt::format("fails with {}", strerrorname_np(static_cast<int>(choice.value)));
    case Action::spurious:
      return "wakes without a reason";
    case Action::shorten:
      return fmt::format("is asked for {} only", choice.value);
    case Action::delay:
      return fmt::format("is delayed by {} us", choice.value / 1000);
    case Action::stop:
      return fmt::format("is stopped for {} ms", choice.value);
    default:
      return fmt::format("is sent {}", plan::signal_name(static_cast<int>(choice.value)));
  }
}

}  // namespace squall::controlled
