#include "reports/result.h"

#include "tests/catch.h"

using namespace squall::reports;

namespace {

RunResult run_of(std::initializer_list<Outcome> outcomes) {
  RunResult run;
  for (Outcome outcome : outcomes) run.cases.emplace_back().outcome = outcome;
  return run;
}

constexpr auto pass = Outcome::pass;
constexpr auto fail = Outcome::fail;
constexpr auto unknown = Outcome::unknown;
constexpr auto broken = Outcome::broken;
constexpr auto unsupported = Outcome::unsupported;

}  // namespace

TEST_CASE("the exit code is that of the worst outcome") {
  CHECK(exit_code(run_of({pass, pass})) == 0);
  CHECK(exit_code(run_of({pass, unsupported})) == 0);
  CHECK(exit_code(run_of({pass, fail, unknown})) == 1);
  CHECK(exit_code(run_of({pass, fail, broken, unknown})) == 3);
  CHECK(exit_code(run_of({pass, unknown, unsupported})) == 5);
  CHECK(exit_code(run_of({unsupported, unsupported})) == 4);
  CHECK(exit_code(run_of({})) == 4);
}

TEST_CASE("an interrupted run is inconclusive unless something worse is known") {
  RunResult run = run_of({pass});
  run.interrupted = true;
  CHECK(exit_code(run) == 5);
  run.cases.emplace_back().outcome = fail;
  CHECK(exit_code(run) == 1);
}

TEST_CASE("a case that nobody judged counts as broken, not as a pass") {
  RunResult run;
  run.cases.emplace_back();
  CHECK(run.count(Outcome::broken) == 1);
  CHECK(exit_code(run) == 3);
}
