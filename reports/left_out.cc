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
  for (const std::string& transport : transports) text += (text.back() == '{' ? "" : ",") + transport;
  return text + "}";
}

std::vector<std::string> combinations(const Scenarios& scenarios, const Style& style) {
  std::vector<std::string> words;
  for (const auto& [scenario, transports] : scenarios) {
    words.push_back(fit_name(combination(scenario, transports), style));
  }
  return words;
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
  std::string text = paint(Tone::strong, "left out", style) + ": " + counted(count, "combination") + "\n";
  for (const auto& [reason, scenarios] : reasons) {
    for (const std::string& line : folded(fit(reason, medium_of(style)), std::max(style.width, 40u) - 2))
      text += "  " + line + "\n";
    for (const std::string& line : wrapped(combinations(scenarios, style), std::max(style.width, 40u) - 4))
      text += "    " + paint(Tone::faint, line, style) + "\n";
  }
  return text;
}

}  // namespace squall::reports
