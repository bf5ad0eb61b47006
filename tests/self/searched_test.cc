// Races that the live engine has to force are found by whoever searches schedules, who is not helped: without
// the meetings in the middle of them. Nothing is found in their twins.
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/cli/fixture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

using namespace squall::tests;

namespace {

constexpr std::uint64_t seed = 1, most_runs = 1000;
constexpr std::uint64_t bound_ns = 1800 * second_ns;

struct Race {
  std::string name;
  std::string property;  ///< that a schedule violates
  bool quick = false;    ///< looked for by default, and not with SQUALL_FULL alone
};

const std::vector<Race>& races() {
  static const std::vector<Race> table = {
      {"death-not-told", "owner-death"},
      {"dropped-record-lock", "mutual-exclusion", true},
      {"dropped-when-full", "exactly-once"},
      {"errno-spoiled", "async-signal-safe"},
      {"flag-cleared-late", "signals-accounted", true},
      {"flushed-mid-record", "intact"},
      {"full-backlog", "clean-exit"},
      {"hang-up-first", "exactly-once"},
      {"interleaved-records", "intact", true},
      {"killed-by-sigpipe", "clean-exit"},
      {"lock-in-handler", "no-hang", true},
      {"lost-update", "counted", true},
      {"lost-wakeup", "no-hang", true},
      {"never-made-consistent", "owner-death"},
      {"one-read-one-message", "boundaries"},
      {"overfull-ring", "exactly-once"},
      {"polled-then-read", "no-hang"},
      {"prefetch", "priority-order"},
      {"printing-handler", "async-signal-safe"},
      {"private-semaphore", "no-hang"},
      {"published-early", "exactly-once"},
      {"put-back", "type-order"},
      {"refused-and-sent", "exactly-once"},
      {"reused-node", "mutual-exclusion", true},
      {"served-by-client", "fifo"},
      {"shared-buffer", "exactly-once"},
      {"shared-nonblocking", "exactly-once"},
      {"short-write", "boundaries"},
      {"stale-cache", "linearizable-register"},
      {"stolen-path", "mutual-exclusion"},
      {"test-then-set", "mutual-exclusion"},
      {"tested-then-paused", "no-hang"},
      {"torn-read", "no-torn-reads"},
      {"truncated-mapping", "clean-exit", true},
      {"two-lock-orders", "no-hang"},
      {"unread-input", "exactly-once"},
      {"unsized-segment", "clean-exit"},
      {"used-before-value", "no-hang"},
      {"waiter-killed", "no-hang"},
      {"wiped-buffer", "intact"},
      {"woken-for-nothing", "exactly-once"},
  };
  return table;
}

bool is_full() { return std::getenv("SQUALL_FULL") != nullptr; }

std::uint64_t schedules_of_a_twin() { return is_full() ? 10'000 : 10; }

std::uint64_t replays() { return is_full() ? 1'000 : 5; }

std::vector<Race> races_to_look_for() {
  std::vector<Race> chosen;
  std::ranges::copy_if(races(), std::back_inserter(chosen),
                       [](const Race& race) { return race.quick || is_full(); });
  return chosen;
}

Said explore(const Scratch& scratch, const std::string& name, std::uint64_t runs) {
  return squall_in(
      scratch.path(),
      fmt::format("explore " SQUALL_SOURCE_DIR
                  "/scenarios/broken/{}.yaml --strategy pos --runs {} --seed {} --out failure.schedule",
                  name, runs, seed),
      bound_ns);
}

void check_that_it_replays(const Scratch& scratch, const std::string& schedule) {
  const Said again =
      squall_in(scratch.path(), fmt::format("replay {} --times {}", schedule, replays()), bound_ns);
  INFO(again.out << again.err);
  CHECK(again.status == 1);
  CHECK(again.out.find(fmt::format("the same {0} of {0} times", replays())) != std::string::npos);
}

}  // namespace

TEST_CASE("a race is found in its schedules without being forced, replays and shrinks, and its twin is not") {
  for (const Race& race : races_to_look_for()) DYNAMIC_SECTION(race.name) {
      const Scratch scratch;
      const Said found = explore(scratch, race.name, most_runs);
      INFO(found.out << found.err);
      CHECK(found.status == 1);
      CHECK(std::regex_search(found.out, std::regex("property in schedule \\d+ .*" + race.property + ": ")));
      check_that_it_replays(scratch, "failure.schedule");

      const Said simpler =
          squall_in(scratch.path(), "shrink failure.schedule --for 500ms --out simpler.schedule", bound_ns);
      INFO(simpler.out << simpler.err);
      CHECK(simpler.status == 1);
      check_that_it_replays(scratch, "simpler.schedule");

      const Said twin = explore(scratch, race.name + "-fixed", schedules_of_a_twin());
      INFO(twin.out << twin.err);
      CHECK(twin.status == 0);
    }
}
