#include "harness/cli/reach.h"

#include "harness/faults/legality.h"
#include "harness/plan/reach.h"
#include "harness/plan/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <set>

namespace squall::cli {
namespace {

using faults::Row;
using plan::Unsupported;
using scenario::Fault;
using scenario::Scenario;

/// The scenario with this fault alone.
Scenario with_only(const Scenario& scenario, const Fault& fault) {
  Scenario one = scenario;
  one.faults = {fault};
  return one;
}

std::variant<plan::Plan, Unsupported> planned(const Scenario& scenario, const ipc::Transport* transport) {
  return plan_case({&scenario, nullptr, transport, {}}, 0, {"squall-00000000-0", "/tmp/squall-00000000/0"});
}

std::vector<const ipc::Transport*> carriers(const Scenario& scenario) {
  if (plan::pins_every_channel(scenario)) return {nullptr};
  return {ipc::transports().begin(), ipc::transports().end()};
}

std::string name_of(const ipc::Transport* transport) {
  return transport == nullptr ? "pinned" : std::string(transport->name());
}

std::set<std::string> calls_reached(const plan::Plan& plan) {
  const plan::Rule& rule = plan.rules.front();
  const faults::CallSet meant = plan::calls_of(rule.fault);
  std::set<std::string> names;
  for (unsigned target : rule.targets)
    for (const ipc::Side side : {ipc::Side::sender, ipc::Side::receiver}) {
      const plan::Process& process = plan.processes[target];
      if (!process.is.run.empty()) names.insert("whatever the program calls");
      for (unsigned channel : side == ipc::Side::sender ? process.sends : process.receives) {
        const plan::Reach reach = plan::reach_of(plan.channels[channel].transport, side);
        for (std::size_t i = 0; i < faults::calls().size(); ++i)
          if (const auto call = static_cast<faults::Call>(i); meant.has(call) && reach.calls.has(call))
            names.emplace(faults::name_of(call));
      }
    }
  return names;
}

std::string line_for(const Scenario& one, const ipc::Transport* transport) {
  const auto made = planned(one, transport);
  if (const auto* unsupported = std::get_if<Unsupported>(&made)) {
    if (!unsupported->rule) return "";
    const std::string why = unsupported->reason.substr(0, unsupported->reason.find(':'));
    return fmt::format("    {:<21} never: {}\n", name_of(transport), why);
  }
  const std::set<std::string> names = calls_reached(std::get<plan::Plan>(made));
  return fmt::format("    {:<21} {}\n", name_of(transport),
                     names.empty() ? "the clock" : fmt::format("{}", fmt::join(names, ", ")));
}

std::string effect(const Row& row) {
  if (row.action == faults::Action::shorten) return "short";
  if (row.action == faults::Action::interrupt) return "interrupt";
  return row.action == faults::Action::spurious ? "spurious" : strerrorname_np(row.error);
}

std::string unknown_call(std::string_view word) {
  std::vector<std::string> known;
  for (const faults::CallEntry& call : faults::calls())
    known.insert(known.end(), {std::string(call.name), std::string(call.group)});
  const std::string near = scenario::nearest(word, known);
  return fmt::format("unknown call '{}'{}; `squall describe calls` lists them\n", word,
                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

}  // namespace

std::string describe_reach(const Scenario& scenario) {
  std::string text;
  for (const Fault& fault : scenario.faults) {
    if (!fault.is_decided_at_a_call() || !fault.point.empty()) continue;
    text += fmt::format("{}:{}: {}\n", fault.position.file, fault.position.line, plan::in_words(fault));
    for (const ipc::Transport* transport : carriers(scenario))
      text += line_for(with_only(scenario, fault), transport);
  }
  return text.empty() ? fmt::format("{}: no fault of it is about calls\n", scenario.name) : text;
}

tl::expected<std::string, std::string> describe_legality(std::string_view word) {
  const bool is_call = std::ranges::count(faults::calls(), word, &faults::CallEntry::name) != 0;
  const faults::CallSet group = is_call ? faults::CallSet{} : faults::calls_named(word);
  if (!word.empty() && !is_call && group.empty()) return tl::unexpected(unknown_call(word));
  std::string text;
  for (const Row& row : faults::legality())
    if (word.empty() || faults::name_of(row.call) == word || group.has(row.call))
      text += fmt::format("{:<20} {:<14} {:<10} {:<34} {:<11} {:<6} {}\n", faults::name_of(row.call),
                          faults::name_of(row.object), effect(row), faults::name_of(row.when),
                          row.grade == faults::Grade::hard ? "hard" : "transparent",
                          row.standard == faults::Standard::linux_does ? "linux" : "posix", row.source);
  return text.empty() ? fmt::format("no fault is legal at {}\n", word) : text;
}

std::vector<scenario::Diagnostic> impossible_faults(const Scenario& scenario) {
  std::vector<scenario::Diagnostic> found;
  for (const Fault& fault : scenario.faults) {
    const Scenario one = with_only(scenario, fault);
    std::string reason;
    bool possible = false;
    for (const ipc::Transport* transport : carriers(scenario)) {
      const auto made = planned(one, transport);
      const auto* unsupported = std::get_if<Unsupported>(&made);
      possible |= unsupported == nullptr;
      // What the kernel does not do says more than what the transport does not call.
      if (unsupported != nullptr && unsupported->rule &&
          (reason.empty() || unsupported->reason.starts_with("no kernel")))
        reason = unsupported->reason;
    }
    if (!possible && !reason.empty())
      found.push_back({fault.position,
                       "this can never happen: " + reason,
                       "a fault that `squall describe legality` allows on some transport, or 'illegal: true'",
                       {},
                       {},
                       1});
  }
  return found;
}

}  // namespace squall::cli
