#include "reports/report.h"
#include "reports/text.h"
#include "reports/words.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

namespace squall::reports {
namespace {

constexpr std::size_t most_annotations = 10;  // of each level, in one step of a job; GitHub drops the rest
constexpr std::size_t most_bytes = 4000;

std::string escaped(std::string_view text, std::string_view special) {
  std::string result;
  for (char c : fit(text, Medium::screen)) {
    if (special.find(c) == std::string_view::npos) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

std::string message(std::string_view text) { return escaped(text, "%\r\n"); }
std::string property(std::string_view text) { return escaped(text, "%\r\n:,"); }

std::string command(std::string_view level, const std::string& properties, std::string_view text) {
  return fmt::format("::{}{}{}::{}\n", level, properties.empty() ? "" : " ", properties, message(text));
}

std::string title(const CaseResult& result) {
  std::string text = result.name();
  if (result.repetition > 0) text += fmt::format(" #{}", result.repetition);
  return fmt::format("{} {}: {}", name_of(result.outcome), text, cause_of(result));
}

std::string properties(const CaseResult& result) {
  std::string text;
  if (!result.file.empty()) text += fmt::format("file={},", property(result.file));
  if (!result.file.empty() && result.line > 0) text += fmt::format("line={},", result.line);
  return text + fmt::format("title={}", property(title(result)));
}

std::string story(const CaseResult& result) {
  std::string text = result.reason.empty() ? "" : result.reason + "\n";
  for (const checkers::Violation& violation : result.verdict.violations) {
    text += fmt::format("{}: {}\n", violation.property, violation.witness);
  }
  for (const std::string& doubt : result.verdict.unknown) {
    if (doubt != result.reason) text += doubt + "\n";
  }
  if (text.size() > most_bytes)
    text = text.substr(0, std::min(text.rfind('\n', most_bytes), most_bytes)) + "\n…\n";
  return text + result.command;
}

/// One annotation a case, the last of them for all that GitHub would not show.
std::string annotations(std::string_view level, const std::vector<const CaseResult*>& cases) {
  const std::size_t shown = cases.size() > most_annotations ? most_annotations - 1 : cases.size();
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += command(level, properties(*cases[i]), story(*cases[i]));
  if (shown == cases.size()) return text;
  std::string rest;
  for (std::size_t i = shown; i < cases.size(); ++i) rest += title(*cases[i]) + "\n";
  rest.pop_back();
  return text + command(level, fmt::format("title=and {} more", cases.size() - shown), rest);
}

}  // namespace

std::string github(const RunResult& run) {
  std::vector<const CaseResult*> errors;
  std::vector<const CaseResult*> warnings;
  for (const CaseResult& result : run.cases) {
    if (result.outcome == Outcome::fail || result.outcome == Outcome::broken) errors.push_back(&result);
    if (result.outcome == Outcome::unknown) warnings.push_back(&result);
  }
  return annotations("error", errors) + annotations("warning", warnings) +
         command("notice", "title=squall", summary(run, Style{.utf8 = true}));
}

bool in_github_actions() {
  const char* value = std::getenv("GITHUB_ACTIONS");
  return value != nullptr && std::string_view(value) == "true";
}

}  // namespace squall::reports
