#include "harness/cli/decide.h"

#include "tests/catch.h"

using namespace squall;
using reports::Outcome;

namespace {

/// A process that ended badly: `clean-exit`, which is always judged, is violated.
history::Evidence bad_exit() {
  history::Evidence evidence;
  history::ProcessEvidence process;
  process.role = "sender";
  process.exit = {history::Exit::Kind::exited, 1};
  evidence.processes = {process};
  return evidence;
}

history::Evidence good_exit() {
  history::Evidence evidence = bad_exit();
  evidence.processes[0].exit.value = 0;
  return evidence;
}

reports::CaseResult decided(history::Evidence evidence, std::vector<std::string> violates = {}) {
  reports::CaseResult result;
  result.evidence = std::move(evidence);
  scenario::Scenario scenario;
  scenario.violates = std::move(violates);
  cli::decide(result, scenario);
  return result;
}

}  // namespace

TEST_CASE("what holds passes, what is violated fails") {
  CHECK(decided(good_exit()).outcome == Outcome::pass);
  CHECK(decided(bad_exit()).outcome == Outcome::fail);
}

TEST_CASE("broken evidence is never a pass, whatever is expected") {
  for (const auto& violates : {std::vector<std::string>{}, {"clean-exit"}}) {
    history::Evidence evidence = bad_exit();
    evidence.broken = "no disk";
    const reports::CaseResult result = decided(evidence, violates);
    CHECK(result.outcome == Outcome::broken);
    CHECK(result.reason == "no disk");
  }
}

TEST_CASE("a fault that did not happen leaves the verdict unknown") {
  history::Evidence evidence = good_exit();
  evidence.rules = {"kill sender"};
  const reports::CaseResult result = decided(evidence);
  CHECK(result.outcome == Outcome::unknown);
  CHECK_FALSE(result.reason.empty());
}

TEST_CASE("a scenario that must violate passes with exactly those violations") {
  CHECK(decided(bad_exit(), {"clean-exit"}).outcome == Outcome::pass);
  CHECK(decided(bad_exit(), {"clean-exit", "no-leaks"}).outcome == Outcome::fail);
  history::Evidence more = bad_exit();
  more.leaks = {{"queue", "/q"}};
  CHECK(decided(more, {"clean-exit"}).outcome == Outcome::fail);
  CHECK(decided(more, {"no-leaks", "clean-exit"}).outcome == Outcome::pass);
}

TEST_CASE("a violation that was not found is a failure with a witness") {
  const reports::CaseResult result = decided(good_exit(), {"clean-exit"});
  CHECK(result.outcome == Outcome::fail);
  REQUIRE(result.verdict.violations.size() == 1);
  CHECK(result.verdict.violations[0].property == "clean-exit");
  CHECK(result.reason == "must violate clean-exit, and violated nothing");
}
