#include "reports/report.h"
#include "reports/text.h"
#include "tests/golden.h"
#include "tests/reports/fixture.h"

#include <cstdlib>

using namespace squall::reports;
using namespace squall::tests;

namespace {

std::size_t lines_starting(const std::string& text, std::string_view prefix) {
  std::size_t count = 0;
  for (std::string_view line : lines_of(text)) count += line.substr(0, prefix.size()) == prefix ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("annotations for GitHub") { check_golden("reports/github.txt", github(run_of_everything())); }

TEST_CASE("every line of the annotations is a command that squall meant") {
  const std::string text = github(run_of_everything());
  CHECK(lines_starting(text, "::error ") == 5);
  CHECK(lines_starting(text, "::warning ") == 1);
  CHECK(lines_starting(text, "::notice ") == 1);
  CHECK(lines_of(text).size() == 7);
}

TEST_CASE("GitHub shows ten errors of a step: the tenth stands for all the others") {
  CHECK(lines_starting(github(run_of_failures(10)), "::error file=") == 10);
  const std::string text = github(run_of_failures(25));
  CHECK(lines_starting(text, "::error file=") == 9);
  CHECK(lines_starting(text, "::error title=and 16 more::fail scenario-10/pipe") == 1);
  CHECK(text.find("%0Afail scenario-25/pipe: exactly-once\n::notice") != std::string::npos);
}

TEST_CASE("an annotation is never longer than GitHub bears") {
  RunResult run = run_of_failures(1);
  run.cases[0].verdict.violations[0].witness.assign(100000, 'x');
  CHECK(github(run).size() < 6000);
  for (int i = 0; i < 1000; ++i) run.cases[0].verdict.violations[0].witness += "\nanother line";
  CHECK(github(run).size() < 6000);
}

TEST_CASE("GITHUB_ACTIONS=true says that somebody reads annotations") {
  setenv("GITHUB_ACTIONS", "true", 1);
  CHECK(in_github_actions());
  unsetenv("GITHUB_ACTIONS");
  CHECK_FALSE(in_github_actions());
}
