// Racy programs over processes, and their twins: each is found, replays identically, and no twin is reported.
// SQUALL_FULL=1 makes it 10,000 schedules a twin and 1,000 replays.
#include "tests/catch.h"
#include "tests/harness/engine/controlled/controlled.h"

#include <algorithm>
#include <filesystem>
#include <set>

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

constexpr std::uint64_t most_schedules = 3000;

std::uint64_t replays() { return is_full_run() ? 1000 : 20; }
std::size_t attempts() { return is_full_run() ? 300 : 30; }
std::uint64_t schedules_of_twin() { return is_full_run() ? 10'000 : 40; }

std::vector<std::string> corpus() {
  std::vector<std::string> names = {"lost-update",
                                    "lost-increment",
                                    "two-stores",
                                    "reorder_3",
                                    "reorder_5",
                                    "wronglock",
                                    "token_ring",
                                    "bluetooth",
                                    "twostage",
                                    "account",
                                    "stack",
                                    "deadlock01",
                                    "lost-wakeup",
                                    "creation-race",
                                    "attached-late",
                                    "numbered-by-kernel",
                                    "mapped-and-read",
                                    "misses-signal",
                                    "handled-late",
                                    "blocked-late",
                                    "waits-late",
                                    "waits-late-for-queue",
                                    "waits-late-for-file",
                                    "waits-late-for-timer"};
  if (is_full_run())
    for (const char* large : {"reorder_10", "reorder_20", "reorder_100", "twostage_20", "twostage_50",
                              "twostage_100", "torn-copy", "segment"})
      names.push_back(large);
  return names;
}

}  // namespace

TEST_CASE("every racy program of the corpus is found, replays identically, and shrinks to the same failure") {
  for (const std::string& name : corpus()) {
    INFO(name);
    const Exploration found = explored(program(name), most_schedules);
    REQUIRE(found.failing);
    CHECK(is_violation(found.last.failure));
    Explorer again(settings_of(*found.failing));
    const Replayed replayed = again.replay(*found.failing, replays());
    CHECK(replayed.diverged == "");
    CHECK(replayed.times == replays());
    const Shrunk shrunk = again.shrink(*found.failing, {attempts(), {}, {}});
    CHECK(shrunk.is_stable);
    const Replayed simpler = again.replay(shrunk.schedule, 1);
    CHECK(simpler.diverged == "");
    CHECK(simpler.last.failure == found.last.failure);
  }
}

TEST_CASE("no fixed twin of the corpus is reported") {
  for (const std::string& name : corpus()) {
    INFO(name);
    const Exploration found = explored(program(name, true), schedules_of_twin());
    INFO(found.last.what);
    CHECK_FALSE(found.failing);
    CHECK(found.last.failure == Failure::none);
    CHECK(found.runs == schedules_of_twin());
  }
}

TEST_CASE("a failing schedule survives its file") {
  const Exploration found = explored(program("lost-update"), most_schedules);
  REQUIRE(found.failing);
  const auto read = read_schedule(write_schedule(*found.failing), "lost.schedule");
  REQUIRE(read);
  CHECK(Explorer(settings_of(*read)).replay(*read, 2).diverged == "");
}

TEST_CASE("a lost update shrinks to one preemption, and its story tells it") {
  const Exploration found = explored(program("lost-update"), most_schedules);
  REQUIRE(found.failing);
  const Shrunk shrunk = Explorer(settings_of(*found.failing)).shrink(*found.failing);
  CHECK(shrunk.is_stable);
  CHECK(count_preemptions(shrunk.schedule) == 1);
  CHECK(shrunk.schedule.failure == found.failing->failure);
  CHECK(story_of(shrunk.schedule).find("meanwhile") != std::string::npos);
}

TEST_CASE("a schedule of another program diverges, and the step is told") {
  const Exploration found = explored(program("lost-update"), most_schedules);
  REQUIRE(found.failing);
  Settings other = settings_of(*found.failing);
  other.command.words.push_back("fixed");
  const Replayed replayed = Explorer(other).replay(*found.failing, 1);
  INFO(replayed.diverged);
  CHECK(replayed.diverged.find("diverged at") == 0);
  CHECK(replayed.diverged.find(", got 0") != std::string::npos);  // whoever it is, in words
  CHECK(replayed.diverged.find("0x") == std::string::npos);
}

TEST_CASE("a failing schedule knows the builds that it is about") {
  const Exploration found = explored(program("lost-update"), most_schedules);
  REQUIRE(found.failing);
  const auto& builds = found.failing->builds;
  const auto own = std::find_if(builds.begin(), builds.end(),
                                [](const Build& build) { return build.path == SQUALL_PROGRAMS; });
  REQUIRE(own != builds.end());
  CHECK(own->id.size() >= 16);
  CHECK(builds.size() > 1);  // libc too
  CHECK(std::none_of(builds.begin(), builds.end(), [](const Build& build) {
    return build.path == std::filesystem::read_symlink("/proc/self/exe");
  }));
}

TEST_CASE("with another build, a replay that diverges goes on by the schedule as a guide, and says so") {
  const Exploration found = explored(program("lost-update"), most_schedules);
  REQUIRE(found.failing);
  Schedule other = *found.failing;
  other.events[other.steps[1].event].fingerprint ^= 0x77;
  const Replayed same_build = Explorer(settings_of(other)).replay(other, 1);
  CHECK(same_build.diverged != "");
  CHECK(same_build.other_build == "");
  other.builds = {{SQUALL_PROGRAMS, "00"}};
  const Replayed replayed = Explorer(settings_of(other)).replay(other, 1);
  CHECK(replayed.diverged != "");
  CHECK(replayed.other_build == SQUALL_PROGRAMS);
  CHECK(replayed.last.failure == found.last.failure);
}

TEST_CASE("without real-time priority the same schedules happen") {
  const Exploration found = explored(program("lost-update"), most_schedules);
  REQUIRE(found.failing);
  setenv("SQUALL_NO_REALTIME", "1", 1);
  const Replayed replayed = Explorer(settings_of(*found.failing)).replay(*found.failing, 5);
  unsetenv("SQUALL_NO_REALTIME");
  CHECK(replayed.diverged == "");
}
