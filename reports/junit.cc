// What Jenkins' junit-10.xsd allows and no more: its xunit plugin refuses a file with an attribute that it
// does not know.
#include "reports/details.h"
#include "reports/report.h"
#include "reports/text.h"
#include "reports/words.h"

#include <fmt/core.h>
#include <pugixml.hpp>

#include <algorithm>
#include <sstream>

namespace squall::reports {
namespace {

using Cases = std::vector<const CaseResult*>;

struct Suite {
  std::string scenario;
  Cases cases;
};

std::vector<Suite> suites_of(const RunResult& run) {
  std::vector<Suite> suites;
  for (const CaseResult& result : run.cases) {
    auto at = std::find_if(suites.begin(), suites.end(),
                           [&](const Suite& suite) { return suite.scenario == result.scenario; });
    if (at == suites.end()) at = suites.insert(at, Suite{result.scenario, {}});
    at->cases.push_back(&result);
  }
  return suites;
}

/// The one way in for text: attributes and contents must be free of what XML cannot carry.
void attribute(pugi::xml_node node, const char* name, std::string_view value) {
  node.append_attribute(name).set_value(fit(value, Medium::data).c_str());
}

void contents(pugi::xml_node node, std::string_view value) {
  node.append_child(pugi::node_pcdata).set_value(fit(value, Medium::data).c_str());
}

void number(pugi::xml_node node, const char* name, std::size_t value) {
  attribute(node, name, std::to_string(value));
}

void time_of(pugi::xml_node node, std::uint64_t nanoseconds) {
  attribute(node, "time", fmt::format("{:.3f}", static_cast<double>(nanoseconds) / 1e9));
}

/// The element that a case gets for its outcome; nullptr when it passed.
const char* element_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return nullptr;
    case Outcome::fail:
      return "failure";
    case Outcome::unknown:
    case Outcome::broken:
      return "error";
    case Outcome::unsupported:
      return "skipped";
  }
  return "error";
}

std::size_t count(const Cases& cases, std::string_view element) {
  return static_cast<std::size_t>(std::count_if(cases.begin(), cases.end(), [&](const CaseResult* result) {
    const char* own = element_of(result->outcome);
    return own != nullptr && own == element;
  }));
}

/// To the second and without the zone, which is UTC: the pattern of the older schemas.
std::string timestamp(const RunResult& run) {
  return run.started.substr(0, std::string_view("YYYY-MM-DDThh:mm:ss").size());
}

std::string type_of(const CaseResult& result) {
  const std::vector<std::string> properties = violated(result.verdict);
  if (result.outcome == Outcome::fail && !properties.empty()) return properties.front();
  return std::string(name_of(result.outcome));
}

std::string story(const CaseResult& result) {
  Group group;
  group.cases.push_back(&result);
  group.tally.add(result);
  return details(group, Style{.utf8 = true}, Verbosity::verbose);
}

void write_outcome(pugi::xml_node node, const CaseResult& result) {
  const char* name = element_of(result.outcome);
  if (name == nullptr) return;
  pugi::xml_node element = node.append_child(name);
  const std::string cause = cause_of(result);
  attribute(element, "type", type_of(result));
  attribute(element, "message", cause.empty() ? name_of(result.outcome) : cause);
  if (result.outcome != Outcome::unsupported) contents(element, story(result));
}

void write_case(pugi::xml_node suite, const CaseResult& result) {
  pugi::xml_node node = suite.append_child("testcase");
  attribute(node, "classname", result.scenario);
  attribute(
      node, "name",
      result.repetition > 0 ? fmt::format("{} #{}", result.transport, result.repetition) : result.transport);
  time_of(node, result.duration_ns);
  write_outcome(node, result);
  if (!result.command.empty()) contents(node.append_child("system-out"), result.command + "\n");
}

void write_property(pugi::xml_node properties, const char* name, std::string_view value) {
  pugi::xml_node node = properties.append_child("property");
  attribute(node, "name", name);
  attribute(node, "value", value);
}

void write_suite(pugi::xml_node root, const RunResult& run, const Suite& suite) {
  std::uint64_t duration_ns = 0;
  for (const CaseResult* result : suite.cases) duration_ns += result->duration_ns;
  pugi::xml_node node = root.append_child("testsuite");
  attribute(node, "name", suite.scenario);
  number(node, "tests", suite.cases.size());
  number(node, "failures", count(suite.cases, "failure"));
  number(node, "errors", count(suite.cases, "error"));
  number(node, "skipped", count(suite.cases, "skipped"));
  time_of(node, duration_ns);
  attribute(node, "timestamp", timestamp(run));
  attribute(node, "hostname", run.host.empty() ? "localhost" : run.host);
  attribute(node, "file", suite.cases.front()->file);
  pugi::xml_node properties = node.append_child("properties");
  write_property(properties, "seed", std::to_string(run.seed));
  write_property(properties, "run", run.id);
  for (const CaseResult* result : suite.cases) write_case(node, *result);
}

}  // namespace

std::string junit(const RunResult& run) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  attribute(declaration, "version", "1.0");
  attribute(declaration, "encoding", "UTF-8");
  pugi::xml_node root = document.append_child("testsuites");
  attribute(root, "name", "squall");
  number(root, "tests", run.cases.size());
  number(root, "failures", run.count(Outcome::fail));
  number(root, "errors", run.count(Outcome::broken) + run.count(Outcome::unknown));
  time_of(root, run.duration_ns);
  for (const Suite& suite : suites_of(run)) write_suite(root, run, suite);
  std::ostringstream out;
  document.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
  return std::move(out).str();
}

}  // namespace squall::reports
