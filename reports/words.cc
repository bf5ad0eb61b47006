#include "reports/words.h"

#include "reports/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <map>

namespace squall::reports {
namespace {

constexpr std::size_t few_faults = 8;

std::string signal_name(int number) {
  if (number >= SIGRTMIN && number <= SIGRTMAX) return fmt::format("SIGRTMIN+{}", number - SIGRTMIN);
  const char* name = sigabbrev_np(number);
  return name == nullptr ? fmt::format("signal {}", number) : std::string("SIG") + name;
}

std::string rule_text(const history::Evidence& evidence, unsigned rule) {
  return rule < evidence.rules.size() ? evidence.rules[rule] : fmt::format("rule {}", rule + 1);
}

std::string cases_in_words(const RunResult& run) {
  const bool repeated = std::any_of(run.cases.begin(), run.cases.end(),
                                    [](const CaseResult& result) { return result.repetition > 0; });
  if (!repeated) return counted(run.cases.size(), "case");
  return counted(run.cases.size(), "run") + " of " + counted(groups_of(run).size(), "case");
}

std::string count_in_words(const RunResult& run, Outcome outcome, std::string_view word, const Style& style) {
  const std::size_t count = run.count(outcome);
  return paint(count > 0 ? tone_of(outcome) : Tone::plain, fmt::format("{} {}", count, word), style);
}

}  // namespace

Tone tone_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return Tone::good;
    case Outcome::fail:
      return Tone::bad;
    case Outcome::unknown:
      return Tone::doubt;
    case Outcome::broken:
      return Tone::trouble;
    case Outcome::unsupported:
      return Tone::faint;
  }
  return Tone::plain;
}

std::string_view symbol_of(Outcome outcome, const Style& style) {
  switch (outcome) {
    case Outcome::pass:
      return style.utf8 ? "✓" : "+";
    case Outcome::fail:
      return style.utf8 ? "✗" : "x";
    case Outcome::unknown:
      return "?";
    case Outcome::broken:
      return "!";
    case Outcome::unsupported:
      return style.utf8 ? "·" : ".";
  }
  return " ";
}

std::string exit_in_words(const history::Exit& exit) {
  switch (exit.kind) {
    case history::Exit::Kind::running:
      return "still running";
    case history::Exit::Kind::exited:
      return fmt::format("exited {}", exit.value);
    case history::Exit::Kind::signaled:
      return "killed by " + signal_name(exit.value);
  }
  return "";
}

bool ended_well(const history::ProcessEvidence& process) {
  if (process.exit.kind == history::Exit::Kind::running) return false;
  if (process.felled) return true;
  const bool exited = process.exit.kind == history::Exit::Kind::exited;
  const int status = exited ? process.exit.value : -process.exit.value;
  if (process.expected.empty()) return status == 0;
  return std::find(process.expected.begin(), process.expected.end(), status) != process.expected.end();
}

std::vector<std::string> violated(const checkers::Verdict& verdict) {
  std::vector<std::string> names;
  for (const checkers::Violation& violation : verdict.violations) {
    if (std::find(names.begin(), names.end(), violation.property) == names.end())
      names.push_back(violation.property);
  }
  return names;
}

std::string cause_of(const CaseResult& result) {
  if (result.outcome == Outcome::pass) return "";
  std::string text;
  if (result.outcome == Outcome::fail) {
    for (const std::string& name : violated(result.verdict)) text += (text.empty() ? "" : ", ") + name;
  }
  if (text.empty()) text = result.reason;
  if (text.empty() && !result.verdict.unknown.empty()) text = result.verdict.unknown.front();
  return text.substr(0, text.find('\n'));
}

std::vector<std::string> fired_in_words(const history::Evidence& evidence) {
  std::vector<std::string> lines;
  if (evidence.fired.size() <= few_faults) {
    for (const history::Fired& fault : evidence.fired) lines.push_back(fault.text);
    return lines;
  }
  std::map<unsigned, std::size_t> times;
  for (const history::Fired& fault : evidence.fired) ++times[fault.rule];
  for (auto [rule, count] : times) {
    lines.push_back(fmt::format("{}: {}", rule_text(evidence, rule), counted(count, "time")));
  }
  return lines;
}

std::string summary(const RunResult& run, const Style& style) {
  const std::string_view dot = style.utf8 ? "·" : "-";
  const std::string counts = paint(Tone::strong, cases_in_words(run), style) + ": " +
                             count_in_words(run, Outcome::pass, "passed", style) + ", " +
                             count_in_words(run, Outcome::fail, "failed", style) + ", " +
                             count_in_words(run, Outcome::unknown, "unknown", style) + ", " +
                             count_in_words(run, Outcome::broken, "broken", style) + ", " +
                             count_in_words(run, Outcome::unsupported, "unsupported", style);
  std::string rest = fmt::format("in {} {} seed {}", spoken_duration(run.duration_ns), dot, run.seed);
  if (run.interrupted) rest += fmt::format(" {} {}", dot, paint(Tone::doubt, "interrupted", style));
  const bool one_line = !style.terminal || columns(counts) + 1 + columns(rest) <= style.width;
  return counts + (one_line ? " " : "\n") + rest;
}

}  // namespace squall::reports
