// The lost wake-up of glibc's condition variable (Sourceware bug 25847), on a model of it: three ordered
// preemptions among some 180 steps. The real one takes a core for minutes: see README.md.
#include "harness/engine/controlled/shrink.h"
#include "tests/catch.h"
#include "tests/harness/engine/controlled/simulated.h"

#include <fmt/format.h>

using namespace squall::tests;

namespace {

Recorded search(const Program& program, Strategy& strategy, std::uint64_t limit, std::uint64_t& needed) {
  Recorded recorded;
  for (needed = 1; needed <= limit; ++needed) {
    recorded = record(program, strategy, needed, 4000012 + needed * 7919);
    if (recorded.run.summary.failed) break;
  }
  return recorded;
}

}  // namespace

TEST_CASE("a lost wake-up of glibc's condition variable is found and shrunk") {
  const Program program = condition_variable({1, 2, 2}, {3, 2}, false);
  StrategyOptions options;
  options.depth = 6;
  options.extra_bound = 0;
  const auto strategy = find_strategy("novelty")->make(options);
  std::uint64_t needed = 0;
  const Recorded found = search(program, *strategy, 600000, needed);
  REQUIRE(found.run.violation == "deadlock");
  const Attempt attempt = [&](Strategy& strategy) -> std::optional<Failing> {
    Recorded tried = record(program, strategy, 0, 0);
    if (tried.run.violation != "deadlock") return std::nullopt;
    return Failing{tried.schedule, tried.taken};
  };
  const Shrunk shrunk = shrink(found.schedule, attempt, {30000, {}, {}});
  WARN(fmt::format("{} schedules; {} preemptions shrunk to {} in {} attempts\n{}", needed,
                   count_preemptions(found.schedule), count_preemptions(shrunk.schedule), shrunk.attempts,
                   story_of(shrunk.schedule)));
  CHECK(shrunk.is_stable);
  CHECK(count_preemptions(shrunk.schedule) <= 4);  // 3 are the fewest
}
