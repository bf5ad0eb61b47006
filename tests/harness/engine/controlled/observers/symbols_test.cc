// Backtraces and stories, with lines of source.
#include "harness/engine/controlled/symbols/places.h"
#include "tests/catch.h"
#include "tests/harness/engine/controlled/observers/observed.h"

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

Schedule shrunk_failure() {
  const Exploration found = explored(observed("lost-update"), 500);
  REQUIRE(found.failing);
  const Shrunk shrunk = Explorer(settings_of(*found.failing)).shrink(*found.failing);
  REQUIRE(shrunk.is_stable);
  return shrunk.schedule;
}

}  // namespace

TEST_CASE("a crash is told with the function and the line that did it") {
  Settings settings = observed("crash");
  CrashPlaces crash;
  settings.observers.push_back(&crash);
  const Execution last = explored(settings, 1).last;
  REQUIRE(last.failure == Failure::fatal_signal);
  INFO(last.what);
  CHECK(last.what.find("#0 ") != std::string::npos);
  CHECK(last.what.find("read_from") != std::string::npos);
  CHECK(last.what.find(place_of("line of the crash")) != std::string::npos);
  CHECK(last.what.find("crash()") != std::string::npos);
}

TEST_CASE("a story names the lines of what was stopped and of what came between") {
  const Schedule schedule = shrunk_failure();
  StepPlaces places([](std::uint64_t) { return true; });
  Settings settings = settings_of(schedule);
  settings.observers.push_back(&places);
  REQUIRE(Explorer(settings).replay(schedule, 1).diverged == "");
  const std::string story = story_of(schedule, [&](std::size_t step) { return places.of(step); });
  INFO(story);
  CHECK(story.find("increment") != std::string::npos);
  CHECK(story.find(place_of("line of the store")) != std::string::npos);
  CHECK(story.find(place_of("line of the load")) != std::string::npos);
}

TEST_CASE("a story asks for no other places than those it tells") {
  const Schedule schedule = shrunk_failure();
  std::size_t asked = 0;
  const std::string story = story_of(schedule, [&](std::size_t step) {
    CHECK(step < schedule.steps.size());
    ++asked;
    return std::string();
  });
  CHECK(asked > 0);
  CHECK(asked < schedule.steps.size());
  CHECK(story == story_of(schedule));
}
