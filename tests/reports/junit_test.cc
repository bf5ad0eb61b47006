#include "reports/report.h"
#include "tests/golden.h"
#include "tests/reports/fixture.h"

#include <pugixml.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <regex>
#include <set>

using namespace squall::reports;
using namespace squall::tests;

namespace {

struct Rule {
  std::set<std::string> required;
  std::set<std::string> optional;
  std::set<std::string> children;
};

/// What Jenkins' junit-10.xsd says about the elements that squall writes.
const std::map<std::string, Rule> rules = {
    {"testsuites", {{}, {"name", "time", "tests", "failures", "errors"}, {"testsuite"}}},
    {"testsuite",
     {{"name", "tests", "failures", "errors"},
      {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
      {"testsuite", "properties", "testcase", "system-out", "system-err"}}},
    {"properties", {{}, {}, {"property"}}},
    {"property", {{"name", "value"}, {}, {}}},
    {"testcase",
     {{"name"}, {"time", "classname", "group"}, {"skipped", "error", "failure", "system-out", "system-err"}}},
    {"failure", {{}, {"type", "message"}, {}}},
    {"error", {{}, {"type", "message"}, {}}},
    {"skipped", {{}, {"type", "message"}, {}}},
    {"system-out", {{}, {}, {}}},
};

pugi::xml_document parsed(const std::string& text) {
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_string(text.c_str());
  INFO(result.description());
  REQUIRE(result);
  return document;
}

void check_structure(pugi::xml_node node) {
  INFO("element " << node.name());
  REQUIRE(rules.count(node.name()) == 1);
  const Rule& rule = rules.at(node.name());
  for (const std::string& name : rule.required) CHECK(node.attribute(name.c_str()));
  for (pugi::xml_attribute attribute : node.attributes()) {
    INFO("attribute " << attribute.name());
    CHECK(rule.required.count(attribute.name()) + rule.optional.count(attribute.name()) == 1);
  }
  for (pugi::xml_node child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    CHECK(rule.children.count(child.name()) == 1);
    check_structure(child);
  }
}

std::size_t cases_with(pugi::xml_node suite, const char* element) {
  std::size_t count = 0;
  for (pugi::xml_node test : suite.children("testcase")) count += test.child(element) ? 1 : 0;
  return count;
}

bool there_is_xmllint() { return std::system("xmllint --version > /dev/null 2>&1") == 0; }

}  // namespace

TEST_CASE("the JUnit report") { check_golden("reports/junit.xml", junit(run_of_everything())); }

TEST_CASE("JUnit has the structure that Jenkins asks for") {
  for (const RunResult& run : {run_of_everything(), run_of_repetitions(), RunResult{}}) {
    check_structure(parsed(junit(run)).child("testsuites"));
  }
}

TEST_CASE("JUnit's counts add up") {
  const pugi::xml_document document = parsed(junit(run_of_everything()));
  const pugi::xml_node root = document.child("testsuites");
  std::map<std::string, unsigned> total;
  for (pugi::xml_node suite : root.children("testsuite")) {
    const auto tests = suite.children("testcase");
    CHECK(suite.attribute("tests").as_uint() ==
          static_cast<unsigned>(std::distance(tests.begin(), tests.end())));
    CHECK(suite.attribute("failures").as_uint() == cases_with(suite, "failure"));
    CHECK(suite.attribute("errors").as_uint() == cases_with(suite, "error"));
    CHECK(suite.attribute("skipped").as_uint() == cases_with(suite, "skipped"));
    for (const char* name : {"tests", "failures", "errors"}) total[name] += suite.attribute(name).as_uint();
  }
  for (const char* name : {"tests", "failures", "errors"})
    CHECK(root.attribute(name).as_uint() == total[name]);
  CHECK(total["tests"] == run_of_everything().cases.size());
}

TEST_CASE("JUnit's times have three decimals and its timestamps no zone") {
  const pugi::xml_document document = parsed(junit(run_of_everything()));
  const std::regex time("[0-9]+\\.[0-9]{3}");
  const std::regex timestamp("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}");
  for (pugi::xml_node suite : document.child("testsuites").children()) {
    CHECK(std::regex_match(suite.attribute("timestamp").value(), timestamp));
    CHECK(std::regex_match(suite.attribute("time").value(), time));
    for (pugi::xml_node test : suite.children("testcase"))
      CHECK(std::regex_match(test.attribute("time").value(), time));
  }
}

TEST_CASE("nothing that is not a pass looks like one in JUnit") {
  const RunResult run = run_of_everything();
  const pugi::xml_document document = parsed(junit(run));
  std::size_t clean = 0;
  for (pugi::xml_node suite : document.child("testsuites").children()) {
    for (pugi::xml_node test : suite.children("testcase"))
      if (!test.child("failure") && !test.child("error") && !test.child("skipped")) ++clean;
  }
  CHECK(clean == run.count(Outcome::pass));
}

TEST_CASE("repetitions have names of their own in JUnit") {
  const pugi::xml_document document = parsed(junit(run_of_repetitions()));
  std::set<std::string> names;
  for (pugi::xml_node test : document.child("testsuites").child("testsuite").children("testcase"))
    names.insert(test.attribute("name").value());
  CHECK(names.size() == run_of_repetitions().cases.size());
  CHECK(names.count("shm-ring #13") == 1);
}

TEST_CASE("JUnit is well-formed for every byte a witness can hold") {
  RunResult run = run_of_everything();
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  run.cases[2].verdict.violations[0].witness = bytes + bytes;
  run.cases[2].verdict.violations[0].property = bytes;
  run.cases[2].command = bytes;
  run.cases[2].scenario = bytes;
  run.host = bytes;
  const std::string text = junit(run);
  check_structure(parsed(text).child("testsuites"));
  for (char c : text) REQUIRE((static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t'));
  if (!there_is_xmllint()) {
    WARN("xmllint is not installed: only pugixml has read this document");
    return;
  }
  std::FILE* xmllint = popen("xmllint --noout - 2>&1", "w");
  REQUIRE(xmllint != nullptr);
  CHECK(std::fwrite(text.data(), 1, text.size(), xmllint) == text.size());
  CHECK(pclose(xmllint) == 0);
}
