// Named points of a program that has libfiu.
#include "tests/catch.h"
#include "tests/harness/preload/preloaded.h"

#include <cstring>

namespace squall::tests {

using namespace squall::faults;

namespace {

const std::string points_probe = SQUALL_BINARY_DIR "/bin/preload_points_probe";

Rule& at_point(Preloaded& program, Action action, const char* point) {
  Rule& rule = program.rule(action, {});
  std::strcpy(rule.point, point);
  return rule;
}

}  // namespace

TEST_CASE("a point fails when a rule says so") {
  for (const char* point : {"probe/step", "probe/*"}) {
    Preloaded program;
    Rule& rule = at_point(program, Action::error, point);
    rule.first = 2;
    rule.step = 3;
    CHECK(program.run({points_probe, "10"}).output == "3 of 10\n");
    std::vector<std::uint64_t> nths;
    for (const Decided& decided : program.decisions()) {
      CHECK(decided.key.call == Call::point);
      nths.push_back(decided.key.nth);
    }
    CHECK(nths == std::vector<std::uint64_t>{2, 5, 8});
    CHECK(program.diary().occurrences[0] == 10);
  }
}

TEST_CASE("a point is delayed without failing") {
  Preloaded program;
  at_point(program, Action::delay, "probe/step");
  at_point(program, Action::yield, "probe/step").step = 2;
  CHECK(program.run({points_probe, "4"}).output == "0 of 4\n");
  CHECK(program.count(Effect::done) == 6);
}

TEST_CASE("points that no rule names, and those of squall's own worker, are left alone") {
  Preloaded other;
  at_point(other, Action::error, "probe/other");
  CHECK(other.run({points_probe, "5"}).output == "0 of 5\n");
  Preloaded worker;
  at_point(worker, Action::error, "probe/step");
  CHECK(worker.run({points_probe, "5"}, {{"SQUALL_CASE", "anything"}}).output == "0 of 5\n");
}

TEST_CASE("a program without libfiu is not asked for points") {
  Preloaded program;
  at_point(program, Action::error, "probe/step");
  CHECK(program.run_probe({"write-little"}).output == "whole\n");
}

}  // namespace squall::tests
