#include "reports/left_out.h"

#include "reports/groups.h"
#include "reports/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace squall::reports {
namespace {

/// Keeps the order of arrival, which is the order of the run.
template <class Value>
Value& entry(std::vector<std::pair<std::string, Value>>& list, const std::string& key) {
  auto at = std::find_if(list.begin(), list.end(), [&](const auto& item) { return item.first == key; });
  return at == list.end() ? list.emplace_back(key, Value{}).second : at->second;
}

using Transports = std::vector<std::string>;
using Scenarios = std::vector<std::pair<std::string, Transports>>;
using Reasons = std::vector<std::pair<std::string, Scenarios>>;

/// "fan-in/pipe", "fan-in/{pipe,fifo}"
std::string combination(const std::string& scenario, const Transports& transports) {
  if (transports.size() == 1) return scenario + "/" + transports.front();
  std::string text = scenario + "/{";
  for (const std::string& transport : transports)
    text.append(text.back() == '{' ? "" : ",").append(transport);
  return text + "}";
}

std::vector<std::string> combinations(const Scenarios& scenarios, std::size_t width, const Style& style) {
  std::vector<std::string> words;
  for (const auto& [scenario, transports] : scenarios) {
    const std::string together = fit_name(combination(scenario, transports), style);
    if (columns(together) <= width) {
      words.push_back(together);
      continue;
    }
    for (const std::string& transport : transports)
      words.push_back(fit_name(combination(scenario, {transport}), style));
  }
  return words;
}

std::string indented(const std::vector<std::string>& lines, std::size_t indent, Tone tone,
                     const Style& style) {
  std::string text;
  for (const std::string& line : lines) text += std::string(indent, ' ') + paint(tone, line, style) + "\n";
  return text;
}

}  // namespace

std::string left_out(const RunResult& run, const Style& style) {
  Reasons reasons;
  std::size_t count = 0;
  for (const Group& group : groups_of(run)) {
    const CaseResult& result = group.first();
    if (group.tally.worst != Outcome::unsupported) continue;
    const std::string reason = result.reason.empty() ? "no reason was given" : result.reason;
    entry(entry(reasons, reason), result.scenario).push_back(result.transport);
    ++count;
  }
  if (count == 0) return "";
  const std::size_t width = std::max(style.width, 40u);
  std::string text = paint(Tone::strong, "left out", style) + ": " + counted(count, "combination") + "\n";
  for (const auto& [reason, scenarios] : reasons) {
    text += indented(folded(fit(reason, medium_of(style)), width - 2), 2, Tone::plain, style);
    text += indented(wrapped(combinations(scenarios, width - 4, style), width - 4), 4, Tone::faint, style);
  }
  return text;
}

}  // namespace squall::reports
