#include "reports/details.h"

#include "reports/text.h"
#include "reports/words.h"

#include <fmt/core.h>

#include <algorithm>

namespace squall::reports {
namespace {

constexpr std::size_t indent = 4;
constexpr std::size_t label_columns = 11;
constexpr std::size_t witness_lines = 24;
constexpr std::size_t complaint_lines = 6;
constexpr std::size_t listed = 8;

/// Writes one case; `cut` is false when everything is to be shown.
class Writer {
 public:
  Writer(const Style& style, bool cut) : style_(style), cut_(cut) {}

  void line(std::size_t depth, const std::string& text) { text_ += std::string(depth, ' ') + text + "\n"; }
  void gap() { text_ += "\n"; }

  /// Text that a checker or a process wrote, folded on a screen and left as it is in a file.
  void block(std::size_t depth, std::string_view text, std::size_t limit) {
    std::vector<std::string> lines = prepared(depth, text);
    const std::size_t shown = cut_ && lines.size() > limit + 1 ? limit : lines.size();
    for (std::size_t i = 0; i < shown; ++i) line(depth, lines[i]);
    if (shown < lines.size()) line(depth, faint(fmt::format("and {} more lines", lines.size() - shown)));
  }

  /// "label     first item\n          second item"
  void labelled(std::string_view label, const std::vector<std::string>& items) {
    const std::size_t shown = cut_ && items.size() > listed + 1 ? listed : items.size();
    for (std::size_t i = 0; i < shown; ++i) labelled_item(i == 0 ? label : "", items[i]);
    if (shown < items.size())
      line(indent + label_columns, faint(fmt::format("and {} more", items.size() - shown)));
  }

  std::string faint(std::string_view text) const { return paint(Tone::faint, text, style_); }
  std::string fit_text(std::string_view text) const { return fit(text, medium_of(style_)); }
  const Style& style() const { return style_; }
  std::string take() { return std::move(text_); }

 private:
  std::vector<std::string> prepared(std::size_t depth, std::string_view text) const {
    const std::size_t room =
        style_.terminal ? std::max<std::size_t>(style_.width, depth + 20) - depth : 100000;
    return folded(fit_text(text), room);
  }

  void labelled_item(std::string_view label, std::string_view item) {
    std::vector<std::string> lines = prepared(indent + label_columns, item);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      line(indent, faint(padded(i == 0 ? label : "", label_columns)) + lines[i]);
    }
  }

  const Style& style_;
  bool cut_;
  std::string text_;
};

std::string process_name(const history::Evidence& evidence, unsigned index, const Style& style) {
  if (index >= evidence.processes.size()) return fmt::format("process {}", index);
  return fit_name(evidence.processes[index].name(), style);
}

/// "#3, #8 and 4 more of 20 repetitions"
std::string repetitions_in_words(const Group& group) {
  if (group.cases.size() == 1) return fmt::format("#{}", group.first().repetition);
  std::string text;
  std::size_t named = 0;
  std::size_t bad = 0;
  for (const CaseResult* result : group.cases) {
    if (severity(result->outcome) <= severity(Outcome::pass) || bad++ >= listed) continue;
    text += fmt::format("{}#{}", named++ == 0 ? "" : ", ", result->repetition);
  }
  if (bad > named) text += fmt::format(" and {} more", bad - named);
  return text + fmt::format(" of {}", counted(group.cases.size(), "repetition"));
}

/// The first of the worst.
const CaseResult& told(const Group& group) {
  for (const CaseResult* result : group.cases) {
    if (result->outcome == group.tally.worst) return *result;
  }
  return group.first();
}

void heading(Writer& writer, const Group& group) {
  const CaseResult& result = told(group);
  std::string text = paint(tone_of(result.outcome), name_of(result.outcome), writer.style()) + " " +
                     paint(Tone::strong, fit_name(result.name(), writer.style()), writer.style());
  if (result.repetition > 0) text += "  " + writer.faint(repetitions_in_words(group));
  writer.line(0, text);
}

void place(Writer& writer, const CaseResult& result) {
  std::string text = result.file;
  if (result.line > 0) text += fmt::format(":{}", result.line);
  text += fmt::format("{}seed {}", text.empty() ? "" : ", ", result.seed);
  if (result.repetition > 0) text += fmt::format(", repetition {}", result.repetition);
  writer.line(indent, writer.faint(fit_name(text, writer.style())));
}

void violations(Writer& writer, const CaseResult& result) {
  for (const std::string& property : violated(result.verdict)) {
    writer.gap();
    writer.line(indent, paint(Tone::bad, fit_name(property, writer.style()), writer.style()));
    for (const checkers::Violation& violation : result.verdict.violations) {
      if (violation.property == property) writer.block(indent + 2, violation.witness, witness_lines);
    }
  }
}

void reasons(Writer& writer, const CaseResult& result) {
  if (result.reason.empty() && result.verdict.unknown.empty()) return;
  writer.gap();
  if (!result.reason.empty()) writer.block(indent, result.reason, witness_lines);
  for (const std::string& doubt : result.verdict.unknown) {
    if (doubt != result.reason) writer.block(indent, doubt, witness_lines);
  }
}

std::vector<std::string> stuck(const history::Evidence& evidence, const Style& style) {
  std::vector<std::string> items;
  for (const history::Stuck& stuck : evidence.stuck) {
    std::string text = process_name(evidence, stuck.process, style) + " " + stuck.where;
    if (!stuck.waits_for.empty()) text += ", waits for " + stuck.waits_for;
    items.push_back(std::move(text));
  }
  return items;
}

std::string last_lines(std::string_view text) {
  const std::vector<std::string_view> lines = lines_of(text);
  const std::size_t skipped = lines.size() - std::min(lines.size(), complaint_lines);
  std::string result;
  for (std::size_t i = skipped; i < lines.size(); ++i) result.append("\n  ").append(lines[i]);
  return result;
}

/// Who ended badly, was felled or complained.
std::vector<std::string> processes(const history::Evidence& evidence, const Style& style) {
  std::vector<std::string> items;
  for (const history::ProcessEvidence& process : evidence.processes) {
    if (ended_well(process) && !process.felled && process.complaint.empty()) continue;
    std::string text = fit_name(process.name(), style) + " " + exit_in_words(process.exit);
    if (process.felled) text += ", felled by a fault";
    if (!process.complaint.empty()) text += ", and said:" + last_lines(process.complaint);
    items.push_back(std::move(text));
  }
  return items;
}

std::vector<std::string> leaks(const history::Evidence& evidence) {
  std::vector<std::string> items;
  for (const history::Leak& leak : evidence.leaks) items.push_back(leak.kind + " " + leak.what);
  return items;
}

void circumstances(Writer& writer, const CaseResult& result) {
  const history::Evidence& evidence = result.evidence;
  std::vector<std::string> kept;
  if (!result.directory.empty()) kept.push_back(result.directory);
  writer.gap();
  writer.labelled("stuck", stuck(evidence, writer.style()));
  writer.labelled("processes", processes(evidence, writer.style()));
  writer.labelled("fired", fired_in_words(evidence));
  writer.labelled("left", leaks(evidence));
  writer.labelled("notes", evidence.notes);
  writer.labelled("evidence", kept);
}

void command(Writer& writer, const CaseResult& result) {
  if (result.command.empty()) return;
  writer.line(indent, paint(Tone::action, fit_name(result.command, writer.style()), writer.style()));
}

std::string without_double_gaps(std::string text) {
  for (std::size_t at; (at = text.find("\n\n\n")) != std::string::npos;) text.erase(at, 1);
  return text;
}

}  // namespace

std::string details(const Group& group, const Style& style, Verbosity verbosity) {
  const CaseResult& result = told(group);
  Writer writer(style, verbosity != Verbosity::verbose);
  heading(writer, group);
  place(writer, result);
  violations(writer, result);
  reasons(writer, result);
  circumstances(writer, result);
  writer.gap();
  command(writer, result);
  return without_double_gaps(writer.take());
}

std::string details_in_short(const Group& group, const Style& style) {
  const CaseResult& result = told(group);
  Writer writer(style, true);
  heading(writer, group);
  writer.block(indent, cause_of(result), 1);
  command(writer, result);
  return writer.take();
}

}  // namespace squall::reports
