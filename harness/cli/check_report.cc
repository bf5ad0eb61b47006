// What squall check says: to people, to programs, and as a drawing.
#include "harness/cli/check.h"
#include "reports/text.h"
#include "reports/timeline_html.h"
#include "reports/words.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <unordered_map>

namespace squall::cli {
namespace {

using linear::Result;
using reports::Outcome;

constexpr std::size_t few = 5;               // operations of a witness, without --explain
constexpr std::size_t most_neighbours = 60;  // drawn beside a witness

Outcome outcome_of(const Result& result) {
  return result.valid() ? Outcome::pass : result.invalid() ? Outcome::fail : Outcome::unknown;
}

std::string_view word_of(const Result& result) {
  return result.valid() ? "holds" : result.invalid() ? "violated" : "unknown";
}

/// A, B, … Z, AA, AB, … as Result::why calls the operations of the witness.
std::string letter(std::size_t index) {
  std::string name(1, static_cast<char>('A' + index % 26));
  return index < 26 ? name : letter(index / 26 - 1) + name;
}

std::string judge_of(const Checked& checked) {
  if (!checked.judgement.searched) return "by its own checker";
  return checked.judgement.why_search.empty() ? "by the search"
                                              : "by the search, for " + checked.judgement.why_search;
}

std::string fitting(const std::string& text, const reports::Style& style) {
  return reports::fit_name(text, style);
}

std::string witness_lines(const Checked& checked, const reports::Style& style, bool explain) {
  const std::vector<std::uint32_t>& witness = checked.judgement.result.witness;
  std::string text;
  const std::size_t shown = explain ? witness.size() : std::min(witness.size(), few);
  for (std::size_t i = 0; i < shown; ++i)
    text += fmt::format(
        "    {}  {}\n", reports::paint(reports::Tone::strong, fmt::format("{:>2}", letter(i)), style),
        fitting(fmt::format("{}, {}", checked.subject.deed(witness[i]), checked.subject.when(witness[i])),
                style));
  if (shown < witness.size())
    text += fmt::format("    and {} more; --explain shows them\n", witness.size() - shown);
  return text;
}

std::string order_lines(const Checked& checked, const reports::Style& style) {
  const std::vector<std::uint32_t>& order = checked.judgement.result.order;
  if (order.empty() || checked.judgement.result.valid()) return "";
  std::string text =
      fmt::format("  the longest order that fits, of {}:\n", reports::counted(order.size(), "operation"));
  for (std::size_t i = 0; i < order.size(); ++i)
    text += fmt::format("    {:>2}. {}\n", i + 1, fitting(checked.subject.deed(order[i]), style));
  return text;
}

std::string one(const Checked& checked, const reports::Style& style, bool explain) {
  const Result& result = checked.judgement.result;
  const Outcome outcome = outcome_of(result);
  std::string text = fmt::format(
      "{} {}: {} {}, judged {}\n",
      reports::paint(reports::tone_of(outcome), reports::symbol_of(outcome, style), style),
      fitting(checked.title(), style), reports::counted(checked.subject.operations.size(), "operation"),
      word_of(result) == "holds" ? (checked.subject.operations.size() == 1 ? "holds" : "hold")
                                 : word_of(result),
      fitting(judge_of(checked), style));
  if (result.valid()) return text;
  text += "  " + fitting(result.why, style) + "\n";
  text += witness_lines(checked, style, explain);
  if (explain) text += order_lines(checked, style);
  return text;
}

std::size_t count(const CheckReport& report, Result::Kind kind) {
  return static_cast<std::size_t>(
      std::count_if(report.checked.begin(), report.checked.end(),
                    [&](const Checked& checked) { return checked.judgement.result.kind == kind; }));
}

nlohmann::ordered_json described(const Checked& checked, std::uint32_t index) {
  nlohmann::ordered_json line = {
      {"index", index}, {"deed", checked.subject.deed(index)}, {"when", checked.subject.when(index)}};
  if (index < checked.subject.lines.size()) line["line"] = checked.subject.lines[index];
  return line;
}

nlohmann::ordered_json to_json(const Checked& checked) {
  const Result& result = checked.judgement.result;
  nlohmann::ordered_json line = {{"file", checked.file},
                                 {"object", checked.subject.object},
                                 {"verdict", result.valid()     ? "valid"
                                             : result.invalid() ? "invalid"
                                                                : "unknown"},
                                 {"operations", checked.subject.operations.size()},
                                 {"judged_by", checked.judgement.searched ? "search" : "checker"},
                                 {"duration_ns", checked.duration_ns}};
  if (checked.judgement.searched) line["steps"] = checked.judgement.steps;
  if (!checked.judgement.why_search.empty()) line["why_search"] = checked.judgement.why_search;
  if (result.valid()) return line;
  line["why"] = result.why;
  line["witness"] = nlohmann::ordered_json::array();
  line["order"] = nlohmann::ordered_json::array();
  for (const std::uint32_t index : result.witness) line["witness"].push_back(described(checked, index));
  for (const std::uint32_t index : result.order) line["order"].push_back(described(checked, index));
  return line;
}

/// The witness, and what was under way beside it.
reports::Timeline timeline(const Checked& checked) {
  const Result& result = checked.judgement.result;
  const auto& operations = checked.subject.operations;
  std::unordered_map<std::uint32_t, std::size_t> letters, places;
  for (std::size_t i = 0; i < result.witness.size(); ++i) letters.emplace(result.witness[i], i);
  for (std::size_t i = 0; i < result.order.size(); ++i) places.emplace(result.order[i], i + 1);
  const linear::Operation& centre = operations[result.witness.front()];
  reports::Timeline drawing{checked.title(), std::string(word_of(result)), result.why, {}, 0};
  std::size_t neighbours = 0;
  for (std::uint32_t index = 0; index < operations.size(); ++index) {
    const linear::Operation& operation = operations[index];
    const bool witness = letters.contains(index);
    const bool beside = operation.invoke <= centre.ret && operation.ret >= centre.invoke;
    if (!witness && (!beside || neighbours++ >= most_neighbours)) {
      ++drawing.left_out;
      continue;
    }
    std::string deed = checked.subject.deed(index);
    std::string process = operation.process < checked.subject.processes.size()
                              ? checked.subject.processes[operation.process]
                              : std::to_string(operation.process);
    deed.erase(0, std::min(deed.size(), process.size() + 1));
    drawing.operations.push_back({std::move(process), std::move(deed), checked.subject.when(index),
                                  operation.invoke, operation.ret, operation.pending(),
                                  witness ? letter(letters[index]) : "",
                                  places.contains(index) ? static_cast<std::uint32_t>(places[index]) : 0});
  }
  return drawing;
}

}  // namespace

std::string check_as_text(const CheckReport& report, const Common& common, bool explain) {
  const reports::Style style = reports::detect_style(common.colour, STDOUT_FILENO);
  std::string text;
  for (const Checked& checked : report.checked)
    if (!checked.judgement.result.valid() || common.verbosity != reports::Verbosity::quiet)
      text += one(checked, style, explain);
  return text + fmt::format("{} judged as {} in {}: {} held, {} violated, {} unknown{}\n",
                            reports::counted(report.checked.size(), "object"), report.model,
                            reports::spoken_duration(report.duration_ns), count(report, Result::Kind::valid),
                            count(report, Result::Kind::invalid), count(report, Result::Kind::unknown),
                            report.unreadable.empty()
                                ? ""
                                : fmt::format(", {} unreadable", report.unreadable.size()));
}

std::string check_as_json(const CheckReport& report) {
  nlohmann::ordered_json checked = nlohmann::ordered_json::array(), unreadable = checked;
  for (const Checked& each : report.checked) checked.push_back(to_json(each));
  for (const scenario::Diagnostic& problem : report.unreadable)
    unreadable.push_back({{"file", problem.position.file},
                          {"line", problem.position.line},
                          {"column", problem.position.column},
                          {"message", problem.message},
                          {"expected", problem.expected}});
  const nlohmann::ordered_json whole = {{"model", report.model},
                                        {"duration_ns", report.duration_ns},
                                        {"checked", checked},
                                        {"unreadable", unreadable}};
  return whole.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

std::string check_as_html(const CheckReport& report) {
  std::vector<reports::Timeline> drawings;
  for (const Checked& checked : report.checked) {
    const Result& result = checked.judgement.result;
    if (result.invalid() && !result.witness.empty())
      drawings.push_back(timeline(checked));
    else
      drawings.push_back({checked.title(), std::string(word_of(result)), result.why, {}, 0});
  }
  return reports::timeline_html(drawings);
}

}  // namespace squall::cli
