// How many schedules of a real program each search needs to its bug, next to what plain repetition finds in
// the time of the best. The figures follow from the seeds, the time of plain repetition apart. SQUALL_FULL=1
// has every strategy, every program, and 200 seeds of surw (20 of the others).
#include "tests/catch.h"
#include "tests/harness/engine/controlled/controlled.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

struct Aim {
  std::string program;
  double at_most;         ///< mean schedules of the best strategy: 1.5 times what is published for SURW
  bool is_quick = false;  ///< measured by default
  std::uint64_t seeds = 200;
};

const std::vector<Aim>& aims() {
  static const std::vector<Aim> table = {
      {"lost-update", 10, true},
      {"two-stores", 20, true},
      {"reorder_3", 6 * 1.5, true},
      {"reorder_5", 9 * 1.5},
      {"reorder_10", 16 * 1.5},
      {"reorder_20", 5 * 1.5},
      {"reorder_100", 193 * 1.5, false, 20},
      {"twostage", 6 * 1.5},
      {"twostage_20", 5 * 1.5},
      {"twostage_50", 20 * 1.5, false, 100},
      {"twostage_100", 453 * 1.5, false, 20},
      {"account", 15, true},
      {"stack", 15},
      {"token_ring", 15},
      {"wronglock", 15},
      {"bluetooth", 100},
      {"deadlock01", 15, true},
  };
  return table;
}

struct Measured {
  double mean = 0;
  bool is_capped = false;
  double seconds = 0;
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Gives up on searches that seldom come to an end.
Measured measure(const Aim& aim, const std::string& strategy, std::uint64_t seeds) {
  constexpr std::uint64_t most_capped = 3;
  const auto limit = static_cast<std::uint64_t>(aim.at_most * 10);
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t sum = 0, done = 0, capped = 0;
  for (; done < seeds && capped < most_capped; ++done) {
    Search search;
    search.strategy = strategy;
    search.seed = done + 1;
    search.most_runs = limit;
    const Exploration found = Explorer(program(aim.program)).explore(search);
    capped += found.failing ? 0 : 1;
    sum += found.runs;
  }
  return {static_cast<double>(sum) / static_cast<double>(done), capped > 0, seconds_since(begin)};
}

bool fails_by_itself(const std::string& name) {
  const std::string words[] = {SQUALL_PROGRAMS, name};
  char* arguments[] = {const_cast<char*>(words[0].c_str()), const_cast<char*>(words[1].c_str()), nullptr};
  pid_t child = 0;
  REQUIRE(posix_spawn(&child, SQUALL_PROGRAMS, nullptr, nullptr, arguments, environ) == 0);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
  }
  return status != 0;
}

std::string repeated_plainly(const std::string& name, double seconds) {
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t failed = 0, runs = 0;
  for (; seconds_since(begin) < seconds; ++runs) failed += fails_by_itself(name) ? 1 : 0;
  return fmt::format("{} of {}", failed, runs);
}

std::vector<std::string> strategies_to_measure() {
  if (!is_full_run()) return {"surw", "pos"};
  return {"random", "pct", "pos", "surw", "novelty"};
}

/// `best` becomes the mean of the best one.
std::string row(const Aim& aim, double& best) {
  std::string text = fmt::format("{:>14} {:>6.1f}", aim.program, aim.at_most);
  double best_seconds = 0;
  for (const std::string& strategy : strategies_to_measure()) {
    const bool is_long = aim.seeds < 200;
    if (is_long && strategy != "surw") {
      text += fmt::format(" {:>10}", "-");
      continue;
    }
    const Measured measured = measure(aim, strategy, is_full_run() && strategy == "surw" ? aim.seeds : 20);
    text += fmt::format(" {:>10}", fmt::format("{}{:.1f}", measured.is_capped ? ">" : "", measured.mean));
    if (measured.is_capped || measured.mean >= best) continue;
    best = measured.mean;
    best_seconds = measured.seconds;
  }
  return text + fmt::format("  {}\n", repeated_plainly(aim.program, best_seconds));
}

}  // namespace

TEST_CASE("the best search finds each racy program in about the schedules that are published") {
  fmt::print("{:>14} {:>6}", "mean schedules", "aim");
  for (const std::string& strategy : strategies_to_measure()) fmt::print(" {:>10}", strategy);
  fmt::print("  plain repetition, for as long as the best\n");
  for (const Aim& aim : aims()) {
    if (!aim.is_quick && !is_full_run()) continue;
    double best = 1e9;
    fmt::print("{}", row(aim, best));
    std::fflush(stdout);
    INFO(aim.program);
    CHECK(best <= aim.at_most);
  }
}
