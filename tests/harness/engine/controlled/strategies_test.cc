// How many schedules each search needs to find the bug of small programs, and what exhaustion proves.
#include "harness/engine/controlled/strategies/seen.h"
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

/// Gives up on searches that seldom come to an end.
Measured measure(const Program& program, const StrategyEntry& entry, std::uint64_t seeds,
                 std::uint64_t limit) {
  Measured measured;
  std::uint64_t sum = 0, done = 0, capped = 0;
  for (; done < seeds && capped < 3; ++done) {
    const auto strategy = entry.make({});
    const std::uint64_t needed = schedules_to_bug(program, *strategy, done + 1, limit);
    capped += needed == limit;
    sum += needed;
  }
  measured.is_capped = capped > 0;
  measured.mean = static_cast<double>(sum) / static_cast<double>(done);
  return measured;
}

struct Aim {
  Program program;
  double at_most;  ///< mean schedules of the best strategy
  bool is_long;
};

/// 1.5 times what is published for SURW. How twostage_20 and _50 divide their threads is not known to us.
std::vector<Aim> aims() {
  return {
      {lost_update(2), 10, false},
      {reorder(2, 1), 6 * 1.5, false},
      {reorder(4, 1), 9 * 1.5, false},
      {reorder(9, 1), 16 * 1.5, false},
      {reorder(10, 10), 5 * 1.5, false},
      {reorder(99, 1), 193 * 1.5, true},
      {two_stage(1, 1), 6 * 1.5, false},
      {two_stage(10, 10), 10, false},
      {two_stage(40, 10), 20 * 1.5, true},
      {two_stage(99, 1), 453 * 1.5, true},
      {account(), 15, false},
      {token_ring(), 15, false},
      {wrong_lock(1, 3), 15, false},
      {lock_order(), 15, false},
      {faulty_retry(), 30, false},
  };
}

std::string row(const Aim& aim, double& best) {
  std::string text = fmt::format("{:>14} {:>6.0f}", aim.program.name, aim.at_most);
  for (const StrategyEntry& entry : strategies()) {
    if (aim.is_long && entry.name != "surw") {
      text += fmt::format(" {:>10}", "-");  // too long for a test
      continue;
    }
    const std::uint64_t limit = !is_full() ? 100 : aim.is_long ? 3000 : 1000;
    const std::uint64_t seeds = !is_full() ? 40 : aim.is_long ? 30 : 200;
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
    table += row(aim, best);
    INFO(aim.program.name);
    CHECK(best <= aim.at_most);
  }
  fmt::print("{}", table);
}

TEST_CASE("a seed gives the same schedules again") {
  for (const StrategyEntry& entry : strategies()) {
    const auto one = entry.make({}), other = entry.make({});
    for (std::uint64_t execution = 0; execution < 30; ++execution) {
      INFO(entry.name << " " << execution);
      CHECK(record(account(), *one, execution, execution).schedule ==
            record(account(), *other, execution, execution).schedule);
    }
  }
}

TEST_CASE("a task that spins does not keep out the one it waits for") {
  for (const StrategyEntry& entry : strategies()) {
    if (entry.name == "exhaustive") continue;  // it proves that spinning for ever is a schedule
    const auto strategy = entry.make({});
    for (std::uint64_t execution = 0; execution < 50; ++execution) {
      INFO(entry.name << " " << execution);
      CHECK(execute(spinning(), *strategy, execution, execution).violation.empty());
    }
  }
}

TEST_CASE("surw keeps others waiting for a task that comes from far away") {
  const auto surw = find_strategy("surw");
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    CHECK(schedules_to_bug(from_far_away(1000), *surw->make({}), seed, 100) < 100);
}

TEST_CASE("no search reports what is correct") {
  for (const StrategyEntry& entry : strategies())
    for (const Program& program :
         {guarded_update(3), lock_order_kept(), condition_variable({1, 2}, {3}, true)}) {
      const auto strategy = entry.make({});
      INFO(entry.name << " " << program.name);
      const std::uint64_t limit = is_full() ? 10000 : 100;
      CHECK(schedules_to_bug(program, *strategy, 1, limit) == limit);
    }
}

TEST_CASE("executions use no more faults and signals than allowed") {
  for (const StrategyEntry& entry : strategies()) {
    StrategyOptions options;
    options.extra_bound = 1;
    const auto strategy = entry.make(options);
    std::size_t most = 0;
    for (std::uint64_t execution = 0; execution < 200; ++execution)
      most = std::max(most, count_extras(record(faulty_retry(), *strategy, execution, execution).schedule));
    INFO(entry.name);
    CHECK(most == 1);
  }
}

TEST_CASE("without extras allowed, none happens") {
  for (const StrategyEntry& entry : strategies()) {
    StrategyOptions options;
    options.extra_bound = 0;
    const auto strategy = entry.make(options);
    for (std::uint64_t execution = 0; execution < 50; ++execution)
      CHECK(count_extras(record(faulty_retry(), *strategy, execution, execution).schedule) == 0);
  }
}

TEST_CASE("what has been seen is forgotten only for others") {
  Seen seen(1u << 14);
  CHECK(seen.add(7));
  CHECK_FALSE(seen.add(7));
  CHECK(seen.add(0));
  CHECK_FALSE(seen.add(0));
  std::size_t forgotten = 0;
  for (std::uint64_t key = 100; key < 1100; ++key) seen.add(key);
  for (std::uint64_t key = 100; key < 1100; ++key) forgotten += seen.add(key) ? 1 : 0;
  CHECK(forgotten == 0);
  for (std::uint64_t key = 2000; key < 200000; ++key) seen.add(key);
  for (std::uint64_t key = 2000; key < 200000; ++key) forgotten += seen.add(key) ? 1 : 0;
  CHECK(forgotten > 100000);
}
