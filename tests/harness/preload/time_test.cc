// Delays, and clocks that jump.
#include "tests/catch.h"
#include "tests/harness/preload/preloaded.h"

#include <sstream>

namespace squall::tests {

using namespace squall::faults;

namespace {

constexpr std::int64_t hour_ns = 3600 * std::int64_t{1'000'000'000};

Rule& jump(Preloaded& program, std::int64_t jump_ns) {
  Rule& rule = program.rule(Action::clock, {"write"});
  rule.jump_ns = jump_ns;
  rule.last = 1;
  return rule;
}

}  // namespace

TEST_CASE("a delayed call comes no earlier than it should") {
  Preloaded program;
  Rule& rule = program.rule(Action::delay, {"write"});
  rule.low = rule.high = 30'000'000;
  rule.last = 1;
  const Outcome outcome = program.run_probe({"delayed"});
  CHECK(std::stoi(outcome.output) >= 30);
  REQUIRE(program.decisions().size() == 1);
  CHECK(program.decisions()[0].value == 30'000'000);
}

TEST_CASE("a delay is drawn from its range, and yielding passes no time that is told") {
  Preloaded program;
  Rule& rule = program.rule(Action::delay, {"read"});
  rule.low = 100;
  rule.high = 5000;
  program.rule(Action::yield, {"write"});
  CHECK(program.run_probe({"stream", "pipe", "write", "read"}).output == "intact\n");
  std::size_t delays = 0, yields = 0;
  for (const Decided& decided : program.decisions()) {
    CHECK(decided.effect == Effect::done);
    if (decided.rule == 1)
      ++yields;
    else
      CHECK((++delays > 0 && decided.value >= 100 && decided.value <= 5000));
  }
  CHECK(delays > 10);
  CHECK(yields > 10);
}

TEST_CASE("a clock that jumped is another one by every way to ask for it") {
  for (const std::int64_t by_ns : {hour_ns, -hour_ns}) {
    Preloaded program;
    jump(program, by_ns);
    const Outcome outcome = program.run_probe({"clocks"});
    std::istringstream words(outcome.output);
    std::vector<long> ahead;
    for (long seconds = 0; words >> seconds;) ahead.push_back(seconds);
    const long jump = by_ns / 1'000'000'000;
    REQUIRE(ahead.size() == 5);
    for (std::size_t way : {0, 1, 2, 4}) CHECK(ahead[way] == jump);
    CHECK(std::abs(ahead[3] - jump) <= 1);  // time() has whole seconds, and one may be over
  }
}

TEST_CASE("a wait until a point of the clock lasts as long after a jump as before") {
  for (const std::int64_t by_ns : {std::int64_t{0}, hour_ns, -hour_ns}) {
    INFO(by_ns);
    Preloaded program;
    jump(program, by_ns);
    const Outcome outcome = program.run_probe({"deadlines"});
    CHECK(outcome.status == 0);
    CHECK(outcome.output.find("wrong") == std::string::npos);
    CHECK(outcome.output.find("clock_nanosleep right") != std::string::npos);
    CHECK(outcome.output.find("timer_settime right") != std::string::npos);
  }
}

}  // namespace squall::tests
