#include "reports/matrix.h"

#include "reports/groups.h"
#include "reports/text.h"
#include "reports/words.h"

#include <algorithm>
#include <map>
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

Table table_of(const RunResult& run) {
  Table table;
  for (const Group& group : groups_of(run)) {
    const CaseResult& result = group.first();
    remember(table.scenarios, result.scenario);
    remember(table.transports, result.transport);
    table.cells[{result.scenario, result.transport}] = group.tally.worst;
  }
  return table;
}

/// Lays the table out for one style.
class Layout {
 public:
  Layout(const Table& table, const Style& style) : table_(table), style_(style) {
    for (const std::string& scenario : table.scenarios) names_ = std::max(names_, columns(named(scenario)));
    names_ += margin + 2;
    limit_ = std::max<std::size_t>(std::min<std::size_t>(style.width, widest), names_ + 24);
  }

  std::string text() const {
    if (fits_flat()) return flat_header() + rows(table_.transports, true);
    std::string text;
    for (std::span<const std::string> rest = table_.transports; !rest.empty();) {
      const std::size_t count = fitting(rest);
      if (!text.empty()) text += "\n";
      text += stairs(rest.first(count)) + rows(rest.first(count), false);
      rest = rest.subspan(count);
    }
    return text;
  }

 private:
  std::string named(std::string_view name) const {
    return shortened(fit(name, medium_of(style_)), widest_name, style_);
  }

  bool fits_flat() const {
    std::size_t width = names_;
    for (const std::string& transport : table_.transports) width += columns(named(transport)) + 2;
    return width - 2 <= limit_;
  }

  /// How many columns, two wide each, leave room for the name of the last one.
  std::size_t fitting(std::span<const std::string> transports) const {
    std::size_t count = 0;
    while (count < transports.size() && names_ + 2 * count + columns(named(transports[count])) <= limit_)
      ++count;
    return std::max<std::size_t>(count, 1);
  }

  std::string flat_header() const {
    std::string text(names_, ' ');
    for (const std::string& transport : table_.transports) text += named(transport) + "  ";
    return ended(text);
  }

  /// Each name starts at its column, and a line leads down from it past the names of the columns to its
  /// right.
  std::string stairs(std::span<const std::string> transports) const {
    std::string text;
    std::string lines;
    for (const std::string& transport : transports) {
      text += std::string(names_, ' ') + paint(Tone::faint, lines, style_) + named(transport) + "\n";
      lines += style_.utf8 ? "│ " : "| ";
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
