#include "harness/scenario/values.h"

#include "harness/scenario/load.h"
#include "tests/catch.h"

#include <csignal>

using namespace squall::scenario;

TEST_CASE("durations") {
  CHECK(parse_duration_ms("50ms") == 50U);
  CHECK(parse_duration_ms("10s") == 10'000U);
  CHECK(parse_duration_ms("2m") == 120'000U);
  CHECK(parse_duration_ms("24h") == 86'400'000U);
  for (const char* text :
       {"", "10", "s", "10 s", "-1s", "1.5s", "25h", "10S", "18446744073709551615h", "05s", "1ss"}) {
    INFO(text);
    CHECK_FALSE(parse_duration_ms(text));
  }
}

TEST_CASE("sizes and ranges") {
  CHECK(parse_size("4KiB") == 4096U);
  CHECK(parse_size("18446744073709551615") == UINT64_MAX);
  CHECK_FALSE(parse_size("18014398509481984KiB"));
  CHECK_FALSE(parse_size("4kb"));
  const auto range = parse_range("1..4KiB");
  REQUIRE(range);
  CHECK(range->low == 1);
  CHECK(range->high == 4096);
  CHECK(parse_range("7")->low == 7);
  CHECK(parse_range("7..7"));
  for (const char* text : {"", "..", "1..", "..4", "4..1", "1...4", "1..2..3", "1-4"}) {
    INFO(text);
    CHECK_FALSE(parse_range(text));
  }
}

TEST_CASE("occurrences") {
  const auto matches = [](const char* text, std::uint64_t nth) {
    return parse_when(text).value().matches(nth);
  };
  CHECK(matches("3", 3));
  CHECK_FALSE(matches("3", 4));
  CHECK_FALSE(matches("3..9", 2));
  CHECK(matches("3..9", 9));
  CHECK_FALSE(matches("3..9", 10));
  CHECK(matches("3+2", 5));
  CHECK_FALSE(matches("3+2", 6));
  CHECK(matches("3+", 1'000'000));
  CHECK_FALSE(matches("3+", 2));
  for (const char* text : {"", "0", "0..3", "9..3", "3+0", "+", "+2", "3..", "3+2+1", "x", "3 + 2", "1e3"}) {
    INFO(text);
    CHECK_FALSE(parse_when(text));
  }
}

TEST_CASE("signals and statuses") {
  CHECK(parse_signal("KILL") == SIGKILL);
  CHECK(parse_signal("SIGUSR1") == SIGUSR1);
  for (const char* text : {"", "kill", "9", "SIG", "SIGSIGKILL", "STOP", "TTIN"}) {
    INFO(text);
    CHECK_FALSE(parse_signal(text));
  }
  CHECK(parse_status("255") == 255);
  CHECK(parse_status("SIGABRT") == -SIGABRT);
  CHECK_FALSE(parse_status("256"));
  CHECK_FALSE(parse_status("-9"));
}

TEST_CASE("names") {
  for (const char* text : {"a", "fan-in", "x2", "a-1-b"}) CHECK(is_identifier(text));
  for (const char* text : {"", "-", "a-", "-a", "a--b", "A", "a_b", "2a", "ä", "a b"})
    CHECK_FALSE(is_identifier(text));
  CHECK(is_identifier(std::string(32, 'a')));
  CHECK_FALSE(is_identifier(std::string(33, 'a')));
  CHECK(is_variable("_LC_ALL2"));
  for (const char* text : {"", "2A", "A=B", "A-B", "A B"}) CHECK_FALSE(is_variable(text));
}

TEST_CASE("places") {
  CHECK(parse_place("producer")->role == "producer");
  CHECK_FALSE(parse_place("producer")->index);
  CHECK(parse_place("producer[12]")->index == 12U);
  CHECK(parse_place("all")->role == "all");
  for (const char* text : {"", "[1]", "a[", "a[]", "a[1", "a[1]b", "a[-1]", "all[1]", "a[1][2]", "a [1]"}) {
    INFO(text);
    CHECK_FALSE(parse_place(text));
  }
}

TEST_CASE("the nearest word is one that a slip of the hand could have meant") {
  const std::vector<std::string> words{"count", "does", "run", "channel", "capacity"};
  CHECK(nearest("cuont", words) == "count");
  CHECK(nearest("Count", words) == "count");
  CHECK(nearest("dose", words) == "does");
  CHECK(nearest("chanel", words) == "channel");
  CHECK(nearest("capasitty", words) == "capacity");
  CHECK(nearest("rum", words) == "run");
  CHECK(nearest("zzz", words) == "");
  CHECK(nearest("x", {"y"}) == "");
  CHECK(nearest("", words) == "");
  CHECK(nearest("count", {}) == "");
  CHECK(nearest(std::string(100'000, 'c'), words) == "");
}
