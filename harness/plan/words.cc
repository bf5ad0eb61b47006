#include "harness/plan/words.h"

#include <fmt/format.h>

#include <csignal>
#include <cstring>

namespace squall::plan {
namespace {

using scenario::Fault;
using Action = Fault::Action;

std::string ordinal(std::uint64_t number) {
  const std::uint64_t tens = number % 100, ones = number % 10;
  const bool teen = tens >= 11 && tens <= 13;
  return fmt::format("{}{}", number,
                     !teen && ones == 1   ? "st"
                     : !teen && ones == 2 ? "nd"
                     : !teen && ones == 3 ? "rd"
                                          : "th");
}

std::string what(const Fault& fault) {
  switch (fault.action) {
    case Action::kill:
      return fmt::format("kill (signal {}) {}", fault.signal, fault.at);
    case Action::stop:
      return fmt::format("stop {} for {} ms", fault.at, fault.resume_ms);
    case Action::close:
      return fmt::format("close {} at {}", fault.channel, fault.at);
    case Action::fill:
      return fmt::format("fill {} before anybody receives", fault.channel);
    case Action::storm:
      return fmt::format("storm of {} at {}", signal_name(fault.signal), fault.at);
    case Action::error:
      return fmt::format("{} at {}", fault.point.empty() ? strerrorname_np(fault.error) : "failure",
                         fault.at);
    case Action::shorten:
      return fmt::format("short transfer at {}", fault.at);
    case Action::interrupt:
      return fmt::format("interrupt by {} at {}", signal_name(fault.signal), fault.at);
    case Action::delay:
      return fmt::format("delay at {}", fault.at);
    case Action::clock:
      return fmt::format("clock jump of {} ms at {}", fault.jump_ms, fault.at);
    case Action::spurious:
      return fmt::format("spurious wake-up at {}", fault.at);
  }
  return {};
}

std::string counted(const Fault& fault) {
  if (!fault.point.empty()) return "passage of " + fault.point;
  const std::string_view calls = fault.is_decided_at_a_call() ? "call" : "operation";
  if (fault.call == "blocked") return "call that waits";
  return fault.call.empty() ? std::string(calls) : fault.call;
}

bool takes_all(const scenario::When& when) {
  return when.first == 1 && when.step == 1 && when.last == UINT64_MAX;
}

std::string several(const scenario::When& when, const std::string& counted) {
  if (when.last != UINT64_MAX)
    return fmt::format("from the {} to the {} {}", ordinal(when.first), ordinal(when.last), counted);
  if (when.step != 1)
    return fmt::format("at every {} {} from the {} on", ordinal(when.step), counted, ordinal(when.first));
  return fmt::format("from the {} {} on", ordinal(when.first), counted);
}

std::string which(const Fault& fault) {
  if (fault.action == Action::fill) return {};
  const bool one = !fault.is_decided_at_a_call() || fault.when.last == fault.when.first;
  if (fault.action == Action::storm && takes_all(fault.when) && fault.point.empty() && fault.call.empty())
    return {};
  if (one) return fmt::format(" at the {} {}", ordinal(fault.when.first), counted(fault));
  if (takes_all(fault.when)) return fmt::format(" at any {}", counted(fault));
  return " " + several(fault.when, counted(fault));
}

}  // namespace

std::string signal_name(int signal) {
  if (signal == SIGRTMIN) return "SIGRTMIN";
  if (signal > SIGRTMIN) return fmt::format("SIGRTMIN+{}", signal - SIGRTMIN);
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

std::string in_words(const Fault& fault) {
  return what(fault) + which(fault) + (fault.of.empty() ? "" : " of " + fault.of);
}

}  // namespace squall::plan
