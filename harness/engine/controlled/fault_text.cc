#include "harness/engine/controlled/fault_text.h"

#include <fmt/format.h>

#include <regex>

namespace squall::controlled {
namespace {

using Action = scenario::Fault::Action;

/// The rule with a place to happen.
std::string placed(std::string text) {
  const auto end = text.rfind('}');
  if (end == text.npos || std::regex_search(text, std::regex("[{,]\\s*at\\s*:"))) return text;
  return text.insert(end, ", at: all");
}

/// The smallest scenario in which that program is a role.
std::string around(const std::string& rule) {
  std::smatch found;
  const bool named = std::regex_search(rule, found, std::regex("[{,]\\s*at\\s*:\\s*['\"]?([^,\\[}'\"\\s]+)"));
  const std::string program = named && found[1] != "all" ? found[1].str() : "program";
  return fmt::format(
      "squall: 1\nname: explore\nprocesses:\n  {}: {{run: [it], count: 255}}\nfaults:\n  - {}\n", program,
      rule);
}

std::string refusal(const scenario::Fault& fault) {
  switch (fault.action) {
    case Action::close:
    case Action::fill:
    case Action::clock:
      return "it needs a scenario: squall run";
    default:
      break;
  }
  if (!fault.point.empty()) return "points are in squall's own workers: it needs a scenario";
  if (!fault.channel.empty()) return "a command has no channels";
  return {};
}

}  // namespace

tl::expected<FaultRule, std::string> read_fault(const std::string& text,
                                                const scenario::Vocabulary& vocabulary) {
  const scenario::Loaded loaded = scenario::load_text(around(placed(text)), "rule", vocabulary);
  if (!loaded.diagnostics.empty()) {
    const scenario::Diagnostic& first = loaded.diagnostics.front();
    return tl::unexpected(
        fmt::format("{}{}{}", first.message, first.expected.empty() ? "" : "; expected ", first.expected));
  }
  if (loaded.scenario.faults.size() != 1) return tl::unexpected(std::string("expected one fault"));
  FaultRule rule{loaded.scenario.faults.front(), text, {}};
  if (const std::string why = refusal(rule.fault); !why.empty()) return tl::unexpected(why);
  return rule;
}

}  // namespace squall::controlled
