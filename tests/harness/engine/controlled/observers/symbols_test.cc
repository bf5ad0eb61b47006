// Backtraces and stories, with lines of source.
#include "harness/engine/controlled/symbols/places.h"
#include "tests/catch.h"
#include "tests/harness/engine/controlled/observers/observed.h"

#include <dlfcn.h>

#include <filesystem>

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

[[gnu::noinline]] void some_function() { asm volatile(""); }

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

TEST_CASE("a place is found in a file that nobody runs") {
  Dl_info information;
  void* const code = reinterpret_cast<void*>(&some_function);
  REQUIRE(dladdr(code, &information) != 0);
  const auto own = std::filesystem::read_symlink("/proc/self/exe").string();
  const auto address = reinterpret_cast<Address>(code) - reinterpret_cast<Address>(information.dli_fbase);
  CHECK(Symbols().place_in(own, address).in_words().find("some_function()") != std::string::npos);
  CHECK(Symbols().place_in("/no/such/file", address).in_words().empty());
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
