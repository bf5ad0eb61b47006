// How many schedules each search needs to find the bug of small programs, and what exhaustion proves.
#include "tests/catch.h"
#include "tests/harness/engine/controlled/simulated.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

using namespace squall::tests;

namespace {

bool is_full() { return std::getenv("SQUALL_FULL") != nullptr; }

struct Measured {
  double mean = 0;
  bool is_capped = false;
};

Measured measure(const Program& program, const StrategyEntry& entry, std::uint64_t seeds,
                 std::uint64_t limit) {
  Measured measured;
  std::uint64_t sum = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const auto strategy = entry.make({});
    const std::uint64_t needed = schedules_to_bug(program, *strategy, seed + 1, limit);
    measured.is_capped |= needed == limit;
    sum += needed;
  }
  measured.mean = static_cast<double>(sum) / static_cast<double>(seeds);
  return measured;
}

struct Aim {
  Program program;
  double at_most;  ///< mean schedules of the best strategy
  bool is_long;
};

std::vector<Aim> aims() {
  return {
      {lost_update(2), 10, false},
      {reorder(2, 1), 6 * 1.5, false},
      {reorder(4, 1), 9 * 1.5, false},
      {reorder(9, 1), 16 * 1.5, false},
      {reorder(10, 10), 5 * 1.5, false},
      {reorder(99, 1), 193 * 1.5, true},
      {two_stage(1, 1), 6 * 1.5, false},
      {two_stage(19, 1), 5 * 1.5, true},
      {two_stage(49, 1), 20 * 1.5, true},
      {two_stage(99, 1), 453 * 1.5, true},
      {account(), 15, false},
      {token_ring(), 15, false},
      {wrong_lock(1, 3), 15, false},
      {lock_order(), 15, false},
      {faulty_retry(), 30, false},
  };
}

std::string row(const Aim& aim, std::uint64_t seeds, double& best) {
  std::string text = fmt::format("{:>14} {:>6.0f}", aim.program.name, aim.at_most);
  for (const StrategyEntry& entry : strategies()) {
    const std::uint64_t limit = is_full() ? 2000 : aim.is_long ? 400 : 300;
    const Measured measured = measure(aim.program, entry, entry.name == "exhaustive" ? 1 : seeds, limit);
    if (!measured.is_capped) best = std::min(best, measured.mean);
    text += fmt::format(" {:>10}", fmt::format("{}{:.1f}", measured.is_capped ? ">" : "", measured.mean));
  }
  return text + "\n";
}

}  // namespace

TEST_CASE("every search has a name and words of its own") {
  std::set<std::string_view> names;
  for (const StrategyEntry& entry : strategies()) {
    CHECK(names.insert(entry.name).second);
    CHECK_FALSE(entry.about.empty());
    CHECK(find_strategy(entry.name) == &entry);
  }
  CHECK(find_strategy("luck") == nullptr);
}

TEST_CASE("the best search finds each bug in about the schedules that are published") {
  std::string table = fmt::format("{:>14} {:>6}", "mean schedules", "aim");
  for (const StrategyEntry& entry : strategies()) table += fmt::format(" {:>10}", entry.name);
  table += "\n";
  for (const Aim& aim : aims()) {
    if (aim.is_long && !is_full()) continue;
    double best = 1e9;
    table += row(aim, is_full() ? 200 : 50, best);
    INFO(aim.program.name);
    CHECK(best <= aim.at_most);
  }
  WARN(table);
}
