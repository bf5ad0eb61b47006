// One search by several processes: the same result however many they are.
#include "harness/engine/controlled/parallel.h"

#include "tests/catch.h"
#include "tests/harness/child.h"
#include "tests/harness/engine/controlled/controlled.h"

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

Search search_of(std::uint64_t seed, std::uint64_t runs, const std::string& strategy = "random") {
  Search search;
  search.strategy = strategy;
  search.seed = seed;
  search.most_runs = runs;
  return search;
}

/// A program that fails in no schedule before the second stretch.
Settings late_failure() { return program("reorder_10"); }

}  // namespace

TEST_CASE("one worker and three find the same failure in the same run") {
  // reorder_10 is hard for a random walk, so several stretches are needed.
  for (std::uint64_t seed = 1; seed <= (is_full_run() ? 10 : 1); ++seed) {
    INFO(seed);
    const Search search = search_of(seed, 600, "pos");
    const Exploration one = explore_in_parallel(late_failure(), search, 1, {false, {}});
    const Exploration three = explore_in_parallel(late_failure(), search, 3, {false, {}});
    CHECK(one.runs == three.runs);
    CHECK(one.steps == three.steps);
    REQUIRE(one.failing.has_value() == three.failing.has_value());
    if (!one.failing) continue;
    CHECK(one.failing->seed == three.failing->seed);
    CHECK(one.failing->steps == three.failing->steps);
    CHECK(one.failing->events == three.failing->events);
  }
}

TEST_CASE("workers that find nothing have run everything") {
  const Exploration found =
      explore_in_parallel(program("lost-update", true), search_of(1, 513), 2, {true, {}});
  CHECK_FALSE(found.failing);
  CHECK(found.runs == 513);
}

TEST_CASE("programs that meet each other in a file are no failure found") {
  const Scratch scratch;
  // Fails only while somebody else has the lock: never alone.
  const Exploration found = explore_in_parallel(command({"flock", "-n", scratch / "alone", "true"}),
                                                search_of(1, 600), 2, {true, {}});
  CHECK_FALSE(found.failing);
  CHECK(found.last.failure == Failure::none);
  CHECK(found.runs == 600);
}

TEST_CASE("killing a parallel search with -9 leaves no worker and no traced process") {
  const Scratch scratch;
  const std::string told = scratch / "pids";
  const pid_t squall = fork_child([&] {
    Settings settings = command({"sh", "-c", "echo $$ >> " + told + "; while echo; do :; done"});
    settings.most_steps = 1'000'000;
    explore_in_parallel(settings, search_of(1, 1'000'000), 2, {true, {}});
    return 0;
  });
  const auto pids = [&] {
    std::vector<pid_t> all;
    std::ifstream file(told);
    for (pid_t pid = 0; file >> pid;) all.push_back(pid);
    return all;
  };
  REQUIRE(eventually([&] { return !pids().empty(); }));
  kill(squall, SIGKILL);
  end_of(squall);
  CHECK(eventually([&] {
    for (const pid_t pid : pids())
      if (exists(pid)) return false;
    return true;
  }));
}
