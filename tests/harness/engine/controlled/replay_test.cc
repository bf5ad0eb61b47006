// The same schedule again, as it was or as a guide; and what happens when the program is another.
#include "harness/engine/controlled/strategies/replay.h"

#include "tests/catch.h"
#include "tests/harness/engine/controlled/simulated.h"

using namespace squall::tests;

namespace {

std::vector<Program> failing_programs() {
  return {lost_update(3), reorder(2, 1),    two_stage(1, 1), account(),
          token_ring(),   wrong_lock(1, 2), lock_order(),    faulty_retry()};
}

std::string replayed(const Program& program, const Schedule& schedule) {
  const auto replay = make_replay(schedule);
  execute(program, *replay, 0, 0);
  return replay->said();
}

}  // namespace

TEST_CASE("a failure replays, every time") {
  for (const Program& program : failing_programs()) {
    const Schedule schedule = failing_schedule(program, 1);
    REQUIRE_FALSE(schedule.steps.empty());
    const auto replay = make_replay(schedule);
    for (std::uint64_t time = 0; time < 20; ++time) {
      const Recorded again = record(program, *replay, time, schedule.seed);
      INFO(program.name);
      CHECK(again.schedule == schedule);
      CHECK(replay->said().empty());
    }
  }
}

TEST_CASE("a guide leads to the schedule that it was taken from") {
  for (const Program& program : failing_programs())
    for (std::uint64_t seed = 1; seed < 30; ++seed) {
      const Schedule schedule = failing_schedule(program, seed);
      const auto guided = make_guided(guide_of(schedule));
      INFO(program.name << " " << seed);
      CHECK(record(program, *guided, 0, schedule.seed).schedule == schedule);
    }
}

TEST_CASE("replay stops at the first difference and says what it is") {
  Schedule schedule = failing_schedule(lost_update(2), 1);
  for (ScheduleEvent& event : schedule.events) event.words.clear();
  Schedule changed = schedule;
  changed.tasks = {"main", "left", "right"};
  changed.events[changed.steps[3].event].fingerprint = 0x77;
  changed.events[changed.steps[3].event].words = "load of total";
  CHECK(replayed(lost_update(2), schedule).empty());
  const auto replay = make_replay(changed);
  execute(lost_update(2), *replay, 0, 0);
  CHECK(replay->said() == "diverged at step 3: expected load of total, got ");
  CHECK(replay->met());
}

TEST_CASE("replay notices a program that goes on, or ends early") {
  const Schedule whole = failing_schedule(lost_update(2), 1);
  Schedule part = whole;
  part.steps.pop_back();
  CHECK(replayed(lost_update(2), part).find("expected the end, got ") != std::string::npos);
  Schedule longer = whole;
  longer.steps.push_back(longer.steps.back());
  CHECK(replayed(lost_update(2), longer).find(", got the end") != std::string::npos);
}

TEST_CASE("replay of another program diverges and does not loop") {
  const Schedule schedule = failing_schedule(lost_update(2), 1);
  const auto replay = make_replay(schedule);
  const Run run = execute(two_stage(1, 1), *replay, 0, 0);
  CHECK(run.summary.abandoned);
  CHECK(replay->said().find("diverged at step ") == 0);
}

TEST_CASE("a guide that does not fit is followed as far as it can be") {
  const auto guided = make_guided(
      {{Turn::Why::preempted, 1, 1, 9, {}, 0}, {Turn::Why::extra, 1, 0, no_task, EventKind::fault, 4}});
  const Run run = execute(guarded_update(2), *guided, 0, 0);
  CHECK_FALSE(run.summary.failed);
  CHECK_FALSE(run.summary.abandoned);
}
