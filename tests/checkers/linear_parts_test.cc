// What the linearizability checkers are made of, against the obvious way to do the same; and the checkers
// against each other on histories that are too long for brute force.
#include "checkers/linear/checkers.h"
#include "checkers/linear/painted_gaps.h"
#include "checkers/linear/sort.h"
#include "checkers/linear/timeline.h"
#include "checkers/linear/value_table.h"
#include "tests/catch.h"
#include "tests/checkers/linear_history.h"

#include <deque>
#include <numeric>

namespace squall::tests {
namespace {

using linear::Operation;

TEST_CASE("linear: painted gaps are those that were painted") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Dice dice(seed);
    const auto last = static_cast<std::uint32_t>(dice.below(seed % 2 == 0 ? 200 : 20'000));
    linear::PaintedGaps gaps(last);
    std::vector<bool> painted(last + 1, false);
    for (int step = 0; step < 60; ++step) {
      const auto first = static_cast<std::uint32_t>(dice.below(last + 1));
      const auto until = first + static_cast<std::uint32_t>(dice.below(dice.one_in(4) ? last + 2 : 100));
      gaps.paint(first, until);
      for (std::uint32_t gap = first; gap <= std::min(until, last); ++gap) painted[gap] = true;
      const auto from = static_cast<std::uint32_t>(dice.below(last + 1));
      std::uint32_t next = from;
      while (next <= last && painted[next]) ++next;
      std::int64_t previous = from;
      while (previous >= 0 && painted[static_cast<std::size_t>(previous)]) --previous;
      REQUIRE(gaps.free_from(from) == next);
      REQUIRE(gaps.free_until(from) == previous);
    }
  }
}

TEST_CASE(
    "linear: what is almost sorted and what is not are both sorted, and stay in order where they are equal") {
  for (std::uint64_t span : {3u, 1'000u, 4'000'000'000u}) {
    Dice dice(span);
    std::vector<std::uint64_t> keys(3'000);
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = dice.below(span) << 20 | (span == 3 ? 0 : i % 7);
    for (bool almost : {false, true}) {
      if (almost) std::sort(keys.begin(), keys.end());
      if (almost) std::swap(keys[10], keys[15]);
      std::vector<std::uint32_t> order(keys.size());
      std::iota(order.begin(), order.end(), 0);
      std::vector<std::uint32_t> expected = order;
      std::stable_sort(expected.begin(), expected.end(), [&](auto l, auto r) { return keys[l] < keys[r]; });
      linear::sort_by(order, [&](std::uint32_t index) { return keys[index]; });
      CHECK(order == expected);
    }
  }
}

TEST_CASE("linear: a table finds every value, however badly they spread") {
  const auto value_of = [](std::uint64_t i, int pattern) -> std::int64_t {
    switch (pattern) {
      case 0:
        return static_cast<std::int64_t>(i);
      case 1:
        return static_cast<std::int64_t>(i << 24 | 64);
      case 2:
        return static_cast<std::int64_t>(i % 3 << 60 | (i / 3) << 20);
      case 3:
        return static_cast<std::int64_t>(i << 40);
      case 4:
        return static_cast<std::int64_t>(i % 2 == 0 ? i << 30 : i << 12 | 1);
      default:
        return static_cast<std::int64_t>(i * 0x9e37'79b9'7f4a'7c15);
    }
  };
  for (int pattern = 0; pattern < 6; ++pattern) {
    LinearHistory history(20'000);
    for (std::uint64_t i = 0; i < history.size(); ++i) history[i].value = value_of(i + 1, pattern);
    const auto value = [&](std::uint32_t index) { return history[index].value; };
    linear::ValueTable table{history, history.size() / 2};
    INFO("pattern " << pattern);
    for (std::uint32_t i = 0; i < history.size(); ++i) REQUIRE(table.insert(i, value) == linear::none);
    for (std::uint32_t i = 0; i < history.size(); ++i) REQUIRE(table.find(history[i].value, value) == i);
    CHECK(table.insert(7, value) == 7);
    CHECK(table.find(std::int64_t{-5}, value) == linear::none);
  }
}

TEST_CASE("linear: at equal times invocations come before returns") {
  LinearHistory history(2);
  history[0].invoke = 10, history[0].ret = 20;
  history[1].invoke = 20, history[1].ret = 20;
  const linear::Timeline timeline(history);
  CHECK(timeline.invoked == std::vector<linear::Gap>{0, 1});
  CHECK(timeline.returned == std::vector<linear::Gap>{2, 3});
}

/// A long queue that is right, or has two results exchanged.
LinearHistory long_queue(Dice& dice, std::size_t count, std::int64_t priorities) {
  Simulation simulation(dice);
  std::vector<std::deque<std::int64_t>> inside(static_cast<std::size_t>(priorities));
  for (std::size_t i = 1; i <= count; ++i) {
    if (dice.below(100) < 52) {
      Operation& put = simulation.happens(Function::enqueue);
      put.value = static_cast<std::int64_t>(i);
      put.other = static_cast<std::int64_t>(dice.below(static_cast<std::uint64_t>(priorities)));
      inside[static_cast<std::size_t>(put.other)].push_back(put.value);
      continue;
    }
    Operation& take = simulation.happens(Function::dequeue);
    for (auto values = inside.rbegin(); values != inside.rend() && take.result == nothing; ++values)
      if (!values->empty()) take.result = values->front(), values->pop_front();
  }
  return simulation.history;
}

void exchange_two(Dice& dice, LinearHistory& history) {
  const std::size_t first = dice.below(history.size() - 60);
  for (std::size_t one = first, other = first + 1; other < history.size(); ++other) {
    if (history[one].result == nothing && ++one == other) continue;
    if (history[one].result == nothing || history[other].result == nothing || !dice.one_in(4)) continue;
    return std::swap(history[one].result, history[other].result);
  }
}

TEST_CASE("linear: a queue of one priority is a FIFO queue, however long and in whatever order it is told") {
  int invalid = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Dice dice(seed);
    LinearHistory history = long_queue(dice, 3'000, 1);
    if (seed % 3 != 0) exchange_two(dice, history);
    if (seed % 2 == 0)
      std::shuffle(history.begin(), history.end(), std::mt19937(static_cast<unsigned>(seed)));
    const auto fifo = linear::check_fifo(history), priority = linear::check_priority(history);
    INFO("seed " << seed << ": " << fifo.why << " / " << priority.why);
    CHECK(fifo.valid() == priority.valid());
    if (seed % 3 == 0) CHECK(fifo.valid());
    invalid += fifo.invalid();
    for (const auto& result : {fifo, priority}) {
      LinearHistory witness;
      for (std::uint32_t index : result.witness) witness.push_back(history[index]);
      CHECK(linear::check_fifo(witness).invalid() == result.invalid());
    }
  }
  CHECK(invalid > 10);
}

TEST_CASE("linear: a long queue of several priorities is judged right, and two exchanged results are found") {
  int invalid = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Dice dice(seed);
    LinearHistory history = long_queue(dice, 3'000, 5);
    CHECK(linear::check_priority(history).valid());
    exchange_two(dice, history);
    const auto result = linear::check_priority(history);
    invalid += result.invalid();
    LinearHistory witness;
    for (std::uint32_t index : result.witness) witness.push_back(history[index]);
    CHECK(linear::check_priority(witness).invalid() == result.invalid());
    CHECK(witness.size() < 100);
  }
  CHECK(invalid > 10);
}

TEST_CASE("linear: what a witness says names its operations by letters") {
  LinearHistory history(4);
  history[0].function = history[1].function = Function::enqueue;
  history[2].function = history[3].function = Function::dequeue;
  history[0].value = history[3].result = 1, history[1].value = history[2].result = 2;
  for (std::uint64_t i = 0; i < 4; ++i) history[i].invoke = 10 * i, history[i].ret = 10 * i + 5;
  const auto result = linear::check_fifo(history);
  CHECK(result.witness == std::vector<std::uint32_t>{0, 3, 1, 2});
  CHECK(result.why ==
        "A put its value in before C began to, yet D had C's value and returned before B began to take A's "
        "out");
}

TEST_CASE("linear: what a checker does not know is unknown") {
  LinearHistory twice(2);
  for (Operation& operation : twice)
    operation.function = Function::enqueue, operation.value = 1, operation.ret = 5;
  CHECK(linear::check_fifo(twice).unknown());
  CHECK(linear::check_delivery(twice, {false}).valid());
  for (Operation& operation : twice) operation.function = Function::write;
  CHECK(linear::check_register(twice).unknown());
  CHECK(linear::check_mutex(twice).unknown());
  CHECK(linear::check_counter(twice).unknown());
}

}  // namespace
}  // namespace squall::tests
