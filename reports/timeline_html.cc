#include "reports/timeline_html.h"

#include "reports/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

namespace squall::reports {
namespace {

constexpr unsigned margin = 120, narrowest = 26, widest = 130, usual_width = 1300, row = 44, bar = 24,
                   top = 12;
constexpr std::size_t longest_name = 16;

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>squall check</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --faint: #69788c; --ground: #ffffff; --line: #d5dbe3;
        --bar: #dde4ec; --bad: #c62828; --bad-ground: #fde3e1; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9f0; --faint: #93a1b5; --ground: #12161c; --line: #303946; --bar: #2a3340; --bad: #ff8a80;
          --bad-ground: #4a1d1d; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--ground); margin: 2rem; }
h2 { margin: 2rem 0 .25rem; font-size: 1.1rem; }
p { margin: .25rem 0 .75rem; max-width: 60rem; }
.drawing { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.lane { stroke: var(--line); }
.operation rect { fill: var(--bar); }
.operation.witness rect { fill: var(--bad-ground); stroke: var(--bad); stroke-width: 1.5; }
.operation.pending rect { stroke: var(--faint); stroke-dasharray: 4 3; }
.witness text { font-weight: 600; }
.place { fill: var(--faint); }
table { border-collapse: collapse; margin: .75rem 0; }
td { padding: .15rem .9rem .15rem 0; vertical-align: top; }
td:first-child { color: var(--bad); font-weight: 600; }
.faint { color: var(--faint); }
</style>
</head>
<body>
<h1>squall check</h1>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : fit(text, Medium::data)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string cut_short(std::string_view text, std::size_t limit) {
  return escaped(shortened(fit(text, Medium::screen), limit, {.utf8 = true}));
}

/// Where events are drawn: as far apart as there are events between them, whatever the clock said.
class Layout {
 public:
  explicit Layout(const Timeline& timeline) {
    for (const TimelineOperation& operation : timeline.operations) {
      columns_[{operation.invoke, false}] = 0;
      if (!operation.pending) columns_[{operation.ret, true}] = 0;
      lanes_.emplace(operation.process, 0);
    }
    step_ = std::clamp(usual_width / static_cast<unsigned>(columns_.size() + 1), narrowest, widest);
    unsigned next = 0;
    for (auto& [event, at] : columns_) at = next++;
    next = 0;
    for (auto& [process, at] : lanes_) at = next++;
  }

  unsigned left(const TimelineOperation& operation) const {
    return margin + step_ * columns_.at({operation.invoke, false});
  }
  unsigned right(const TimelineOperation& operation) const {
    return operation.pending ? width() - step_ / 2 : margin + step_ * columns_.at({operation.ret, true});
  }
  unsigned y(const std::string& process) const { return top + row * lanes_.at(process); }
  unsigned width() const { return margin + step_ * (static_cast<unsigned>(columns_.size()) + 2); }
  unsigned height() const { return top * 2 + row * static_cast<unsigned>(lanes_.size()); }
  const std::map<std::string, unsigned>& lanes() const { return lanes_; }

 private:
  std::map<std::pair<std::uint64_t, bool>, unsigned> columns_;  ///< by time; invocations before returns
  std::map<std::string, unsigned> lanes_;
  unsigned step_ = narrowest;  ///< pixels from an event to the next
};

std::string lane(const Layout& layout, const std::string& process) {
  const unsigned y = layout.y(process) + bar / 2;
  return fmt::format(
      "<line class=\"lane\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n<text x=\"8\" y=\"{}\">{}</text>\n",
      margin, y, layout.width(), y, y + 4, cut_short(process, longest_name));
}

std::string drawn(const Layout& layout, const TimelineOperation& operation) {
  const unsigned left = layout.left(operation), y = layout.y(operation.process);
  const unsigned wide = std::max(layout.right(operation) - left, narrowest / 2);
  const bool witness = !operation.letter.empty();
  const std::string label = witness ? operation.letter + "  " + operation.text : operation.text;
  std::string out = fmt::format(
      "<g class=\"operation{}{}\"><title>{} {}\n{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
      "rx=\"4\"/><text x=\"{}\" y=\"{}\">{}</text>",
      witness ? " witness" : "", operation.pending ? " pending" : "", escaped(operation.process),
      escaped(operation.text), escaped(operation.when), left, y, wide, bar, left + 5, y + 16,
      cut_short(label, std::max<std::size_t>(2, wide / 7)));
  if (operation.place != 0)
    out += fmt::format("<text class=\"place\" x=\"{}\" y=\"{}\">{}.</text>", left + 2, y + bar + 13,
                       operation.place);
  return out + "</g>\n";
}

std::string table(const Timeline& timeline) {
  std::vector<const TimelineOperation*> lettered;
  for (const TimelineOperation& operation : timeline.operations)
    if (!operation.letter.empty()) lettered.push_back(&operation);
  std::sort(lettered.begin(), lettered.end(), [](const auto* left, const auto* right) {
    return std::make_pair(left->letter.size(), left->letter) <
           std::make_pair(right->letter.size(), right->letter);
  });
  std::string out = "<table>\n";
  for (const TimelineOperation* operation : lettered)
    out += fmt::format("<tr><td>{}</td><td>{} {}</td><td class=\"faint\">{}</td></tr>\n", operation->letter,
                       escaped(operation->process), escaped(operation->text), escaped(operation->when));
  return out + "</table>\n";
}

std::string section(const Timeline& timeline) {
  const Layout layout(timeline);
  std::string out = fmt::format("<h2>{}: {}</h2>\n<p>{}</p>\n", escaped(timeline.title),
                                escaped(timeline.outcome), escaped(timeline.why));
  if (timeline.operations.empty()) return out;
  out += table(timeline);
  out += fmt::format(
      "<div class=\"drawing\"><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
      "role=\"img\">\n",
      layout.width(), layout.height());
  for (const auto& [process, at] : layout.lanes()) out += lane(layout, process);
  for (const TimelineOperation& operation : timeline.operations) out += drawn(layout, operation);
  out += "</svg></div>\n<p class=\"faint\">Time runs from left to right, a step an event. ";
  out += "A number below a bar: its place in the longest order that fits. A dashed bar never returned.";
  if (timeline.left_out > 0)
    out += fmt::format(" {} that say nothing about this are not drawn.",
                       counted(timeline.left_out, "operation"));
  return out + "</p>\n";
}

}  // namespace

std::string timeline_html(const std::vector<Timeline>& timelines) {
  std::string out(head);
  for (const Timeline& timeline : timelines) out += section(timeline);
  return out + "</body>\n</html>\n";
}

}  // namespace squall::reports
