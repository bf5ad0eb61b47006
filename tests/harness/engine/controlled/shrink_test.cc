// What is left of a failing schedule, and how it is told.
#include "harness/engine/controlled/shrink.h"

#include "harness/engine/controlled/strategies/legs.h"
#include "tests/catch.h"
#include "tests/harness/engine/controlled/simulated.h"

#include <fmt/format.h>

using namespace squall::tests;

namespace {

Attempt attempts_of(const Program& program, const std::string& failure) {
  return [&program, failure](Strategy& strategy) -> std::optional<Failing> {
    Recorded recorded = record(program, strategy, 0, 0);
    if (recorded.run.violation != failure) return std::nullopt;
    return Failing{recorded.schedule, recorded.taken};
  };
}

/// Exhaustion tries those with few preemptions first.
std::size_t fewest_preemptions(const Program& program) {
  StrategyOptions options;
  options.preemption_bound = 6;
  const auto strategy = find_strategy("exhaustive")->make(options);
  for (std::uint64_t execution = 0; execution < 200000; ++execution)
    if (const Recorded recorded = record(program, *strategy, execution, 0); recorded.run.summary.failed)
      return count_preemptions(recorded.schedule);
  return 0;
}

std::vector<Program> programs() {
  return {lost_update(3), reorder(2, 1),    reorder(4, 1), two_stage(2, 1), account(),
          token_ring(),   wrong_lock(1, 3), lock_order(),  faulty_retry(),  ordered_stores(4)};
}

}  // namespace

TEST_CASE("a shrunk schedule fails in the same way with the fewest preemptions") {
  std::string table;
  for (const Program& program : programs()) {
    const std::size_t fewest = fewest_preemptions(program);
    std::size_t before = 0, after = 0, attempts = 0, extras = 0;
    constexpr std::size_t seeds = 20;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const Schedule schedule = failing_schedule(program, seed);
      const Shrunk shrunk = shrink(schedule, attempts_of(program, schedule.failure));
      INFO(program.name << " " << seed);
      CHECK(shrunk.is_stable);
      CHECK(shrunk.is_minimal);
      CHECK(shrunk.schedule.failure == schedule.failure);
      CHECK(count_preemptions(shrunk.schedule) <= fewest + 1);
      CHECK(make_replay(shrunk.schedule)->said().empty());
      before += count_preemptions(schedule), after += count_preemptions(shrunk.schedule);
      attempts += shrunk.attempts, extras += count_extras(shrunk.schedule);
    }
    table += fmt::format("{:>14}: {:.1f} preemptions to {:.2f} (fewest {}), {:.2f} faults, {} attempts\n",
                         program.name, double(before) / seeds, double(after) / seeds, fewest,
                         double(extras) / seeds, attempts / seeds);
  }
  WARN(table);
}

TEST_CASE("faults that a failure does not need are left out first") {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    const Program program = faulty_retry();
    const Schedule schedule = failing_schedule(program, seed);
    const Shrunk shrunk = shrink(schedule, attempts_of(program, schedule.failure));
    CHECK(count_extras(shrunk.schedule) == 1);
  }
}

TEST_CASE("a schedule that does not fail again is given back as it was") {
  const Schedule schedule = failing_schedule(lost_update(2), 1);
  const Shrunk shrunk = shrink(schedule, [](Strategy&) { return std::nullopt; });
  CHECK_FALSE(shrunk.is_stable);
  CHECK(shrunk.schedule == schedule);
  CHECK(shrunk.attempts == 1);
}

TEST_CASE("shrinking ends when its attempts run out") {
  const Program program = reorder(4, 1);
  const Schedule schedule = failing_schedule(program, 1);
  const Shrunk shrunk = shrink(schedule, attempts_of(program, schedule.failure), {3, {}, {}});
  CHECK(shrunk.attempts == 3);
  CHECK_FALSE(shrunk.is_minimal);
  CHECK(shrunk.schedule.failure == schedule.failure);
}

TEST_CASE("the legs of an execution lead to it again, and few of their neighbours do") {
  for (const Program& program : programs()) {
    INFO(program.name);
    const auto walk = find_strategy("random")->make({3, 2, 0});
    const Recorded recorded = record(program, *walk, 1, 5);
    const Legs legs = legs_of(recorded.taken);
    CHECK(record(program, *make_by_legs(legs, 1), 1, 1).schedule.steps == recorded.schedule.steps);
    Dice dice(1);
    std::size_t others = 0;
    for (unsigned times = 0; times < 50; ++times) {
      const auto neighbour = make_by_legs(rearranged(legs, 1, dice), 1);
      others += record(program, *neighbour, 1, 1).schedule.steps != recorded.schedule.steps;
    }
    CHECK(others > 25);
  }
}

TEST_CASE("the story tells who did what between which two steps of whom") {
  const Program program = lost_update(2);
  const Schedule failing = failing_schedule(program, 1);
  Schedule schedule = shrink(failing, attempts_of(program, failing.failure)).schedule;
  schedule.tasks = {"main", "left", "right"};
  REQUIRE(count_preemptions(schedule) == 1);
  const Preemption preemption = preemptions_of(schedule).at(0);
  CHECK(schedule.steps[preemption.pending].task == preemption.stopped);
  CHECK(schedule.event_of(schedule.steps[preemption.pending]).kind == EventKind::store);
  const std::string story = story_of(schedule);
  CHECK(story.find(" is stopped before its next step (store of 0x1000)\n") != std::string::npos);
  CHECK(story.find("  meanwhile ") != std::string::npos);
  CHECK(story.find("then: an update is lost\n") != std::string::npos);
  WARN(story);
}

TEST_CASE("the story of a failure that needs nothing says so") {
  Schedule schedule;
  schedule.violation = "exit 1";
  CHECK(story_of(schedule) == "without any preemption, signal or fault\nthen: exit 1\n");
}
