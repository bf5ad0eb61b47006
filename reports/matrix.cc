#include "reports/matrix.h"

#include "reports/groups.h"
#include "reports/text.h"
#include "reports/words.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

namespace squall::reports {
namespace {

constexpr std::size_t widest = 100;
constexpr std::size_t widest_name = 44;
constexpr std::size_t margin = 2;

struct Table {
  std::vector<std::string> scenarios;
  std::vector<std::string> transports;
  std::map<std::pair<std::string, std::string>, Outcome> cells;
};

void remember(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// What a cell shows of several outcomes.
int weight(Outcome outcome) {
  switch (outcome) {
    case Outcome::unsupported:
      return 0;
    case Outcome::pass:
      return 1;
    case Outcome::unknown:
      return 2;
    case Outcome::broken:
      return 3;
    case Outcome::fail:
      break;
  }
  return 4;
}

/// A scenario has one row: the calm one and those under fire, "pair+storm", are shown together. Where nothing
/// was run there is no column.
Table table_of(const RunResult& run) {
  std::set<std::string> used;
  for (const CaseResult& result : run.cases)
    if (result.outcome != Outcome::unsupported) used.insert(result.transport);
  Table table;
  for (const Group& group : groups_of(run)) {
    const CaseResult& result = group.first();
    if (!used.contains(result.transport)) continue;
    const std::string scenario = result.scenario.substr(0, result.scenario.find('+'));
    remember(table.scenarios, scenario);
    remember(table.transports, result.transport);
    const auto [cell, is_new] = table.cells.emplace(std::pair(scenario, result.transport), group.tally.worst);
    if (!is_new && weight(group.tally.worst) > weight(cell->second)) cell->second = group.tally.worst;
  }
  return table;
}

/// Lays the table out for one style.
class Layout {
 public:
  Layout(const Table& table, const Style& style) : table_(table), style_(style) {
    for (const std::string& scenario : table.scenarios) names_ = std::max(names_, columns(named(scenario)));
    names_ += margin + 2;
    limit_ = std::max<std::size_t>(std::min<std::size_t>(style.width, widest), names_ + 20);
  }

  std::string text() const {
    if (fits_flat()) return flat_header() + rows(table_.transports, true);
    if (fits_down()) return stairs_down() + rows(table_.transports, false);
    std::string text;
    const std::size_t most = (limit_ - names_ + 1) / 2;
    for (std::span<const std::string> rest = table_.transports; !rest.empty();) {
      const std::span<const std::string> part = rest.first(std::min(rest.size(), most));
      text += (text.empty() ? "" : "\n") + stairs_up(part) + rows(part, false);
      rest = rest.subspan(part.size());
    }
    return text;
  }

 private:
  std::string named(std::string_view name) const {
    return shortened(fit_name(name, style_), widest_name, style_);
  }

  bool fits_flat() const {
    std::size_t width = names_;
    for (const std::string& transport : table_.transports) width += columns(named(transport)) + 2;
    return width - 2 <= limit_;
  }

  bool fits_down() const {
    std::size_t width = names_;
    for (std::size_t i = 0; i < table_.transports.size(); ++i)
      width = std::max(width, names_ + 2 * i + columns(named(table_.transports[i])));
    return width <= limit_;
  }

  std::string flat_header() const {
    std::string text(names_, ' ');
    for (const std::string& transport : table_.transports) text += named(transport) + "  ";
    return ended(text);
  }

  /// The lines of so many columns side by side.
  std::string bars(std::size_t count) const {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text.append(i == 0 ? "" : " ").append(style_.utf8 ? "│" : "|");
    return paint(Tone::faint, text, style_);
  }

  /// Each name starts at its column, and a line leads down from it past the names of the columns to its
  /// right.
  std::string stairs_down() const {
    std::string text;
    for (std::size_t i = 0; i < table_.transports.size(); ++i)
      text += std::string(names_, ' ') + bars(i) + (i == 0 ? "" : " ") + named(table_.transports[i]) + "\n";
    return text;
  }

  /// Each name ends at its column, above those of the columns to its left: takes no room beyond the last
  /// column.
  std::string stairs_up(std::span<const std::string> transports) const {
    std::string text;
    for (std::size_t i = transports.size(); i-- > 0;) {
      const std::string name = named(transports[i]);
      const std::size_t end = names_ + 2 * i + 1;
      text +=
          std::string(end - std::min(end, columns(name)), ' ') + name + " " + bars(transports.size() - i - 1);
      text.erase(text.find_last_not_of(' ') + 1);
      text += "\n";
    }
    return text;
  }

  std::string rows(std::span<const std::string> transports, bool flat) const {
    std::string text;
    for (const std::string& scenario : table_.scenarios) {
      std::string row = std::string(margin, ' ') + padded(named(scenario), names_ - margin);
      for (const std::string& transport : transports) {
        row += padded(cell(scenario, transport), flat ? columns(named(transport)) + 2 : 2);
      }
      text += ended(row);
    }
    return text;
  }

  std::string cell(const std::string& scenario, const std::string& transport) const {
    auto at = table_.cells.find({scenario, transport});
    if (at == table_.cells.end()) return " ";
    return paint(tone_of(at->second), symbol_of(at->second, style_), style_);
  }

  static std::string ended(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  }

  const Table& table_;
  const Style& style_;
  std::size_t names_ = 0;
  std::size_t limit_ = 0;
};

std::string legend(const RunResult& run, const Style& style) {
  std::string text = " ";
  for (Outcome outcome :
       {Outcome::pass, Outcome::fail, Outcome::unknown, Outcome::broken, Outcome::unsupported}) {
    if (run.count(outcome) == 0) continue;
    text += " " + paint(tone_of(outcome), symbol_of(outcome, style), style) + " ";
    text += paint(Tone::faint, name_of(outcome), style) + " ";
  }
  text.pop_back();
  return text + "\n";
}

}  // namespace

std::string matrix(const RunResult& run, const Style& style) {
  const Table table = table_of(run);
  if (table.cells.size() < 2) return "";
  return Layout(table, style).text() + "\n" + legend(run, style);
}

}  // namespace squall::reports
