#include "checkers/checker.h"

#include "checkers/operations.h"
#include "checkers/properties.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace squall::checkers {
namespace {

constexpr std::uint32_t any = 0;
constexpr bool always = true;
constexpr bool when_expected = false;

constexpr std::uint32_t with(ipc::Capabilities capabilities) { return capabilities.bits; }

using enum ipc::Capability;

constexpr std::array all_checkers = {
    Checker{"no-hang", "every process ends before the deadline", any, always, check_no_hang},
    Checker{"clean-exit", "every process ends with a status that the scenario calls clean", any, always,
            check_clean_exit},
    Checker{"no-leaks", "nothing outlives the case, and no process leaks descriptors", any, always,
            check_no_leaks},
    Checker{"faults-fired", "every fault of the scenario happened (otherwise: unknown)", any, always,
            check_faults_fired},
    Checker{"exactly-once", "no message is lost, duplicated or invented", any, when_expected,
            check_exactly_once},
    Checker{"at-most-once", "no message is duplicated or invented", any, when_expected, check_at_most_once},
    Checker{"intact", "payloads arrive as they were sent", with({payload}), when_expected, check_intact},
    Checker{"boundaries", "messages arrive whole and alone", with({payload}), when_expected,
            check_boundaries},
    Checker{"fifo-per-producer", "the messages of one sender keep their order", with({payload}),
            when_expected, check_fifo_per_producer},
    Checker{"fifo", "the channel is one queue over all senders and receivers", with({payload, fifo}),
            when_expected, check_fifo},
    Checker{"priority-order", "the highest priority comes first, and in order within one",
            with({payload, priority}), when_expected, check_priority_order},
    Checker{"type-order", "who asks for a type gets the first of it; a negative one, the lowest up to it",
            with({payload, persistent}), when_expected, check_type_order},
    Checker{"back-pressure", "a send is refused only when the channel is full, and it is never overfull",
            with({bounded}), when_expected, check_back_pressure},
    Checker{"no-torn-reads", "a read returns one value that was written, whole", with({memory}),
            when_expected, check_no_torn_reads},
    Checker{"linearizable-register", "reads and writes look instantaneous", with({memory}), when_expected,
            check_linearizable_register},
    Checker{"counted", "a shared counter loses no increment", with({memory}), when_expected, check_counted},
    Checker{"mutual-exclusion", "a lock has one holder at a time", with({memory}), when_expected,
            check_mutual_exclusion},
    Checker{"owner-death", "a robust lock reports dead owners, and only them", with({memory}), when_expected,
            check_owner_death},
    Checker{"signals-accounted", "signals are neither lost, invented nor reordered", any, when_expected,
            check_signals_accounted},
    Checker{"async-signal-safe", "handlers keep errno and call nothing that signal-safety(7) does not list",
            any, when_expected, check_async_signal_safe},
    Checker{"durable", "what was made durable is found after a death", with({durable}), when_expected,
            check_durable},
};

bool is_supported(const Evidence& evidence, const Checker& checker) {
  return checker.needs == any ||
         std::any_of(evidence.channels.begin(), evidence.channels.end(), [&](const ChannelEvidence& channel) {
           return (channel.capabilities & checker.needs) == checker.needs;
         });
}

bool nothing_to_judge(const Evidence& evidence) {
  return evidence.operations.empty() && evidence.handlers.empty() &&
         std::none_of(evidence.processes.begin(), evidence.processes.end(), died);
}

/// Operations that name no channel or process of the evidence are judged by nobody: say so.
std::size_t strays(const Evidence& evidence) {
  return static_cast<std::size_t>(
      std::count_if(evidence.operations.begin(), evidence.operations.end(), [&](const Operation& operation) {
        return operation.channel >= evidence.channels.size() ||
               operation.process >= evidence.processes.size();
      }));
}

void judge_expectations(const Evidence& evidence, std::vector<std::string>& unknown) {
  for (const std::string& property : evidence.expect) {
    const Checker* checker = find_checker(property);
    if (checker == nullptr)
      unknown.push_back(fmt::format("there is no property '{}'", property));
    else if (checker->always)
      continue;
    else if (!is_supported(evidence, *checker))
      unknown.push_back(fmt::format("no channel of this case promises what '{}' needs", property));
    else if (nothing_to_judge(evidence))
      unknown.push_back(
          fmt::format("no operation was recorded: there is nothing to judge '{}' by", property));
  }
  if (const std::size_t count = strays(evidence); count > 0)
    unknown.push_back(
        fmt::format("{} operations name a channel or a process that the evidence does not have", count));
}

}  // namespace

std::span<const Checker> checkers() { return all_checkers; }

const Checker* find_checker(std::string_view property) {
  const auto found =
      std::find_if(all_checkers.begin(), all_checkers.end(),
                   [property](const Checker& checker) { return checker.property == property; });
  return found == all_checkers.end() ? nullptr : &*found;
}

Verdict judge(const Evidence& evidence) {
  Verdict verdict;
  judge_expectations(evidence, verdict.unknown);
  for (const Checker& checker : all_checkers) {
    if (!checker.always && !expects(evidence, checker.property)) continue;
    for (Violation& violation : checker.check(evidence, verdict.unknown))
      verdict.violations.push_back(std::move(violation));
  }
  if (!verdict.violations.empty())
    verdict.kind = Verdict::Kind::invalid;
  else if (!verdict.unknown.empty())
    verdict.kind = Verdict::Kind::unknown;
  return verdict;
}

}  // namespace squall::checkers
