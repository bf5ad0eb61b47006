#include "reports/words.h"

#include "tests/catch.h"

#include <csignal>

using namespace squall;
using namespace squall::reports;
using history::Exit;

TEST_CASE("ends of processes in words") {
  CHECK(exit_in_words({Exit::Kind::exited, 3}) == "exited 3");
  CHECK(exit_in_words({Exit::Kind::signaled, SIGSEGV}) == "killed by SIGSEGV");
  CHECK(exit_in_words({Exit::Kind::signaled, SIGRTMIN + 2}) == "killed by SIGRTMIN+2");
  CHECK(exit_in_words({Exit::Kind::running, 0}) == "still running");
}

TEST_CASE("a process ended well when the plan expected it or felled it") {
  history::ProcessEvidence process;
  CHECK_FALSE(ended_well(process));
  process.exit = {Exit::Kind::exited, 0};
  CHECK(ended_well(process));
  process.expected = {3, -SIGTERM};
  CHECK_FALSE(ended_well(process));
  process.exit = {Exit::Kind::signaled, SIGTERM};
  CHECK(ended_well(process));
  process.exit = {Exit::Kind::signaled, SIGKILL};
  CHECK_FALSE(ended_well(process));
  process.felled = true;
  CHECK(ended_well(process));
}

TEST_CASE("few faults are listed, many are counted by rule") {
  history::Evidence evidence;
  evidence.rules = {"storm", "kill"};
  evidence.fired = {{0, 0, 1, 0, "storm at a[0]"}, {1, 0, 1, 0, "kill a[0]"}};
  CHECK(fired_in_words(evidence) == std::vector<std::string>{"storm at a[0]", "kill a[0]"});
  for (int i = 0; i < 20; ++i) evidence.fired.push_back({0, 0, 1, 0, "storm at a[0]"});
  evidence.fired.push_back({7, 0, 1, 0, "of no rule"});
  CHECK(fired_in_words(evidence) ==
        std::vector<std::string>{"storm: 21 times", "kill: 1 time", "rule 8: 1 time"});
}

TEST_CASE("the cause of an outcome is one line") {
  CaseResult result;
  result.outcome = Outcome::fail;
  result.verdict.violations = {{"a", "x"}, {"b", "y"}, {"a", "z"}};
  CHECK(cause_of(result) == "a, b");
  result.outcome = Outcome::unknown;
  result.verdict.unknown = {"first\nsecond", "third"};
  CHECK(cause_of(result) == "first");
  result.reason = "why";
  CHECK(cause_of(result) == "why");
  result.outcome = Outcome::pass;
  CHECK(cause_of(result).empty());
}
