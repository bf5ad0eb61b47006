// The decision is a pure function of seed, rule and key; plans that were recorded are replayed by it.
#include "harness/faults/decide.h"

#include "tests/catch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <set>
#include <vector>

using namespace squall::faults;

namespace {

std::uint64_t drawn_by(std::uint64_t seed, unsigned rule, const Key& key) {
  return draw(stream_of(seed, key.process), rule, key);
}

constexpr std::uint64_t seed = 42;

Key key_of(std::uint64_t nth) {
  return {.process = 0x1234, .thread = 1, .channel = 2, .call = Call::write, .depth = 0, .nth = nth};
}

Rule rule_with(double probability) {
  Rule rule;
  rule.action = Action::shorten;
  rule.probability = static_cast<std::uint32_t>(probability * UINT32_MAX);
  return rule;
}

std::vector<std::uint64_t> taken(std::uint64_t first, std::uint64_t last, std::uint64_t step) {
  Rule rule;
  rule.first = first;
  rule.last = last;
  rule.step = step;
  std::vector<std::uint64_t> occurrences;
  for (std::uint64_t nth = 1; nth <= 12; ++nth)
    if (is_due(rule, nth)) occurrences.push_back(nth);
  return occurrences;
}

using Numbers = std::vector<std::uint64_t>;

/// Keys that differ from one in a single field.
std::vector<Key> neighbours(const Key& key) {
  std::vector<Key> all(6, key);
  all[0].process ^= 1;
  all[1].thread ^= 1;
  all[2].channel ^= 1;
  all[3].call = Call::writev;
  all[4].depth ^= 1;
  all[5].nth ^= 1;
  return all;
}

double share_of_acts(const Rule& rule, std::uint64_t from_seed) {
  constexpr unsigned keys = 100'000;
  unsigned acts = 0;
  for (unsigned nth = 1; nth <= keys; ++nth) acts += decide(from_seed, rule, 0, key_of(nth)).acts;
  return acts / static_cast<double>(keys);
}

}  // namespace

TEST_CASE("an occurrence is taken as the rule says") {
  CHECK(taken(3, 3, 1) == Numbers{3});
  CHECK(taken(3, 9, 1) == Numbers{3, 4, 5, 6, 7, 8, 9});
  CHECK(taken(3, UINT64_MAX, 2) == Numbers{3, 5, 7, 9, 11});
  CHECK(taken(3, UINT64_MAX, 5) == Numbers{3, 8});
  CHECK(taken(10, UINT64_MAX, 1) == Numbers{10, 11, 12});
  CHECK(taken(2, 8, 3) == Numbers{2, 5, 8});
  CHECK(taken(1, UINT64_MAX, 1).size() == 12);
}

TEST_CASE("what is not due is never done, and what is due and sure always is") {
  Rule rule = rule_with(1);
  rule.first = rule.last = 7;
  for (std::uint64_t nth = 1; nth <= 20; ++nth) CHECK(decide(seed, rule, 0, key_of(nth)).acts == (nth == 7));
}

TEST_CASE("the same key is decided the same way, however often it is asked") {
  const Rule rule = rule_with(0.5);
  for (std::uint64_t nth = 1; nth <= 1000; ++nth) {
    const Choice once = decide(seed, rule, 3, key_of(nth)), again = decide(seed, rule, 3, key_of(nth));
    CHECK((once.acts == again.acts && once.value == again.value));
  }
}

TEST_CASE("a draw depends on each field of the key, on the rule and on the seed") {
  const std::uint64_t one = drawn_by(seed, 0, key_of(8));
  for (const Key& other : neighbours(key_of(8))) CHECK(drawn_by(seed, 0, other) != one);
  CHECK(drawn_by(seed, 1, key_of(8)) != one);
  CHECK(drawn_by(seed + 1, 0, key_of(8)) != one);
}

TEST_CASE("a thread and a channel are not taken for one another") {
  Key thread = key_of(1), channel = key_of(1);
  thread.thread = 1u << 16;
  thread.channel = 0;
  channel.thread = 0;
  channel.channel = 1;
  CHECK(drawn_by(seed, 0, thread) != drawn_by(seed, 0, channel));
}

TEST_CASE("neighbouring keys draw bits that have nothing to do with each other") {
  unsigned flipped = 0, pairs = 0;
  for (std::uint64_t nth = 1; nth <= 2000; ++nth)
    for (const Key& other : neighbours(key_of(nth))) {
      flipped +=
          static_cast<unsigned>(std::popcount(drawn_by(seed, 0, key_of(nth)) ^ drawn_by(seed, 0, other)));
      ++pairs;
    }
  CHECK(flipped / static_cast<double>(pairs) == Approx(32).margin(0.5));
}

TEST_CASE("a hundred thousand keys draw as many different numbers") {
  std::set<std::uint64_t> drawn;
  for (std::uint64_t nth = 1; nth <= 100'000; ++nth) drawn.insert(drawn_by(seed, 0, key_of(nth)));
  CHECK(drawn.size() == 100'000);
}

TEST_CASE("another seed decides otherwise") {
  const Rule rule = rule_with(0.5);
  unsigned different = 0;
  for (std::uint64_t nth = 1; nth <= 10'000; ++nth)
    different += decide(seed, rule, 0, key_of(nth)).acts != decide(seed + 1, rule, 0, key_of(nth)).acts;
  CHECK(different / 10'000.0 == Approx(0.5).margin(0.03));
}

TEST_CASE("a probability is the share of keys that are acted on") {
  CHECK(share_of_acts(rule_with(0), seed) == 0);
  CHECK(share_of_acts(rule_with(1), seed) == 1);
  for (const double probability : {0.001, 0.01, 0.1, 0.3, 0.5, 0.9}) {
    const double margin = 5 * std::sqrt(probability * (1 - probability) / 100'000);  // five deviations
    for (const std::uint64_t from_seed : {std::uint64_t{0}, seed, UINT64_MAX})
      CHECK(share_of_acts(rule_with(probability), from_seed) == Approx(probability).margin(margin));
  }
}

TEST_CASE("a value lies between its bounds, and every value there is drawn as often as any other") {
  Rule rule = rule_with(1);
  rule.low = 10;
  rule.high = 19;
  std::array<unsigned, 10> drawn{};
  for (std::uint64_t nth = 1; nth <= 100'000; ++nth) {
    const std::uint64_t value = decide(seed, rule, 0, key_of(nth)).value;
    REQUIRE((value >= 10 && value <= 19));
    ++drawn[value - 10];
  }
  CHECK(*std::min_element(drawn.begin(), drawn.end()) > 9'500);
  CHECK(*std::max_element(drawn.begin(), drawn.end()) < 10'500);
}

TEST_CASE("a value between equal bounds is that one, and between the widest it is any") {
  Rule rule = rule_with(1);
  rule.low = rule.high = 5;
  CHECK(decide(seed, rule, 0, key_of(1)).value == 5);
  rule.low = 0;
  rule.high = UINT64_MAX;
  std::set<std::uint64_t> drawn;
  for (std::uint64_t nth = 1; nth <= 1000; ++nth) drawn.insert(decide(seed, rule, 0, key_of(nth)).value);
  CHECK(drawn.size() == 1000);
  CHECK(*drawn.rbegin() > UINT64_MAX / 100 * 98);
}

TEST_CASE("that a rule acts says nothing about the value it draws") {
  Rule rule = rule_with(0.5);
  rule.low = 0;
  rule.high = 999;
  double sum = 0;
  double count = 0;
  for (std::uint64_t nth = 1; nth <= 100'000; ++nth) {
    const Choice choice = decide(seed, rule, 0, key_of(nth));
    if (!choice.acts) continue;
    sum += static_cast<double>(choice.value);
    ++count;
  }
  CHECK(sum / count == Approx(499.5).margin(8));
}

/// A difference here means that every plan on disk decides otherwise than when it was recorded.
TEST_CASE("a draw is the same in every version") {
  CHECK(mix(0) == 0xe220a8397b1dcdafu);
  CHECK(drawn_by(0, 0, Key{}) == 0x6d9fe93ba33ded14u);
  CHECK(drawn_by(42, 0, key_of(1)) == 0x657fe4b7bd913ee1u);
  CHECK(drawn_by(42, 31, key_of(1)) == 0x4adfc9917337b74eu);
  CHECK(drawn_by(1, 7, {.process = 9, .thread = 3, .channel = 5, .call = Call::poll, .depth = 2, .nth = 4}) ==
        0x4bc894ba303bfb2bu);
}
