// Signals that end a sleep, and those that must not.
#include "tests/catch.h"
#include "tests/harness/engine/controlled/controlled.h"

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

/// In many schedules, each of which is the same the second time. The programs measure time, so it only passes
/// when nobody else can go on.
void expect_innocence(std::initializer_list<const char*> names, bool is_verified = true) {
  for (const char* name : names) {
    INFO(name);
    Search search;
    search.strategy = "random";
    search.most_runs = 50;
    search.is_verified = is_verified;
    Settings settings = program(name);
    settings.has_early_timeouts = false;
    const Exploration found = Explorer(settings).explore(search);
    INFO(found.last.what);
    CHECK(found.unequal == "");
    CHECK(found.last.failure == Failure::none);
  }
}

}  // namespace

TEST_CASE("nobody notices a signal that is ignored") {
  expect_innocence({"sleeps-in-epoll", "sleeps-in-bounded-epoll", "sleeps-in-sigwait",
                    "sleeps-in-bounded-sigwait", "sleeps-in-recv"});
  expect_innocence({"sleeps-in-semop", "sleeps-in-bounded-semop"},
                   false);  // the kernel counts its semaphores
}

TEST_CASE("a bound is no longer for signals that are ignored") {
  expect_innocence({"bound-through-signals"});
}

TEST_CASE("handlers and stops end a sleep") { expect_innocence({"handler-ends-sleep", "stop-ends-sleep"}); }

TEST_CASE("a child sleeps on when a thread of its parent ends") {
  expect_innocence({"sleeps-beside-thread", "orphan-sleeps-beside-thread"});
}

TEST_CASE("a signal for all is handled by the thread whose wait it has ended") {
  expect_innocence({"woken-by-one"});
}

TEST_CASE("alarms come from the kernel") { expect_innocence({"tells-of-alarms"}); }

TEST_CASE("of a timer one signal waits at most, and tells how often it should have come") {
  expect_innocence({"overruns-waited-for", "overruns-read", "overruns-handled", "overruns-of-user-signal"});
}

TEST_CASE("what the mask of a wait lets in does not come when its bound has passed") {
  Settings settings = program("mask-of-wait");
  Search search;
  search.most_runs = 200;
  const Exploration found = Explorer(settings).explore(search);
  INFO(found.last.what);
  CHECK(found.last.failure == Failure::none);
}

TEST_CASE("threads that are about to call when a signal ends them do so the same way each time") {
  setenv("SQUALL_NO_REALTIME", "1", 1);  // then they do not always end before the tracer looks
  expect_innocence({"siblings-end"});
  unsetenv("SQUALL_NO_REALTIME");
}
