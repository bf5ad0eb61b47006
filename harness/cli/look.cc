// squall list, lint and describe: commands that only look.
#include "harness/cli/commands.h"
#include "harness/cli/reach.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <iostream>

namespace squall::cli {
namespace {

nlohmann::json to_json(const scenario::Diagnostic& diagnostic) {
  return {{"file", diagnostic.position.file},     {"line", diagnostic.position.line},
          {"column", diagnostic.position.column}, {"message", diagnostic.message},
          {"expected", diagnostic.expected},      {"suggestion", diagnostic.suggestion}};
}

std::string transports_of(const Selection& selection, const scenario::Scenario& scenario) {
  std::vector<std::string> names;
  for (const Case& which : selection.cases)
    if (which.scenario == &scenario && which.left_out.empty()) names.push_back(which.transport_name());
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, " "));
}

void list_as_json(const Selection& selection) {
  nlohmann::json cases = nlohmann::json::array();
  for (const Case& which : selection.cases)
    cases.push_back({{"scenario", which.scenario_name()},
                     {"transport", which.transport_name()},
                     {"file", which.scenario->position.file},
                     {"tags", which.scenario->tags},
                     {"left_out", which.left_out}});
  std::cout << nlohmann::json{{"cases", cases}}.dump(1) << '\n';
}

}  // namespace

int complain(const Selection& selection) {
  for (const auto* problems : {&selection.errors, &selection.unmatched})
    for (const std::string& problem : *problems) std::cerr << problem;
  if (!selection.errors.empty()) return Exit::usage;
  return selection.unmatched.empty() ? Exit::held : Exit::nothing;
}

reports::ConsoleOptions console_options(const Common& common) {
  return {reports::detect_style(common.colour, STDOUT_FILENO),
          reports::detect_style(common.colour, STDERR_FILENO),
          common.verbosity,
          {}};
}

int list(const Common& common, const Selector& selector) {
  const Selection selection = select(selector);
  if (const int refused = complain(selection); refused != Exit::held) return refused;
  if (common.json) list_as_json(selection);
  std::size_t cases = 0;
  for (const auto& scenario : selection.scenarios) {
    if (common.json) break;
    const std::string transports = transports_of(selection, *scenario);
    std::cout << fmt::format("{}\n    {}\n    transports: {}\n", scenario->name, scenario->about, transports);
  }
  for (const Case& which : selection.cases) cases += which.left_out.empty() ? 1 : 0;
  if (!common.json)
    std::cout << fmt::format("{} scenario{}, {} case{}\n", selection.scenarios.size(),
                             selection.scenarios.size() == 1 ? "" : "s", cases, cases == 1 ? "" : "s");
  return cases == 0 ? Exit::nothing : Exit::held;
}

namespace {

std::vector<scenario::Diagnostic> problems_of(const std::string& file, const scenario::Vocabulary& known) {
  const scenario::Loaded loaded = scenario::load_file(file, known);
  if (!loaded.diagnostics.empty() || loaded.scenario.is_fire) return loaded.diagnostics;
  return impossible_faults(loaded.scenario);
}

}  // namespace

int lint(const Common& common, const std::vector<std::string>& words) {
  std::vector<std::string> errors;
  const std::vector<std::string> files = scenario_files(words, errors);
  const scenario::Vocabulary known = vocabulary();
  nlohmann::json found = nlohmann::json::array();
  std::size_t count = errors.size();
  for (const std::string& file : files)
    for (const scenario::Diagnostic& diagnostic : problems_of(file, known)) {
      ++count;
      if (common.json)
        found.push_back(to_json(diagnostic));
      else
        std::cout << diagnostic.text();
    }
  for (const std::string& error : errors) std::cerr << error;
  if (common.json)
    std::cout << nlohmann::json{{"diagnostics", found}}.dump(1) << '\n';
  else if (common.verbosity != reports::Verbosity::quiet)
    std::cout << fmt::format("{} {} read, {} {}\n", files.size(), files.size() == 1 ? "file" : "files", count,
                             count == 1 ? "error" : "errors");
  if (count != 0) return Exit::usage;
  return files.empty() ? Exit::nothing : Exit::held;
}

namespace {

using Description = tl::expected<std::string, std::string>;

Description describe_file(const std::string& file) {
  const scenario::Loaded loaded = scenario::load_file(file, vocabulary());
  if (loaded.diagnostics.empty()) return describe_reach(loaded.scenario);
  std::string errors;
  for (const scenario::Diagnostic& diagnostic : loaded.diagnostics) errors += diagnostic.text();
  return tl::unexpected(errors);
}

Description description_of(const Common& common, const std::string& topic) {
  constexpr std::string_view legality = "legality";
  if (topic == legality) return describe_legality("");
  if (topic.starts_with(legality) && topic[legality.size()] == ':')
    return describe_legality(topic.substr(legality.size() + 1));
  if (topic.ends_with(".yaml")) return describe_file(topic);
  if (common.json) return scenario::json_schema(vocabulary());
  return scenario::describe(vocabulary(), topic);
}

}  // namespace

int describe(const Common& common, const std::string& topic) {
  const Description text = description_of(common, topic);
  if (text) std::cout << *text;
  if (!text) std::cerr << text.error();
  return text ? Exit::held : Exit::usage;
}

}  // namespace squall::cli
