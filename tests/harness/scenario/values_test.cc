#include "harness/scenario/values.h"

#include "harness/scenario/load.h"
#include "tests/catch.h"

#include <cerrno>
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

TEST_CASE("signals that can be raised") {
  CHECK(parse_raised("USR1") == SIGUSR1);
  CHECK(parse_raised("SIGTERM") == SIGTERM);
  CHECK(parse_raised("STOP") == SIGSTOP);
  CHECK(parse_raised("RTMIN") == SIGRTMIN);
  CHECK(parse_raised("SIGRTMIN+1") == SIGRTMIN + 1);
  CHECK(parse_raised("RTMIN+15") == SIGRTMIN + 15);
  for (const char* text : {"", "KILL", "SIGKILL", "TSTP", "RTMIN+", "RTMIN+16", "RTMIN+01", "RTMIN-1",
                           "RTMIN1", "RTMINUS", "RTMAX", "34", "usr1"}) {
    INFO(text);
    CHECK_FALSE(parse_raised(text));
  }
}

TEST_CASE("errors") {
  CHECK(parse_errno("EPERM") == EPERM);
  CHECK(parse_errno("EMFILE") == EMFILE);
  CHECK(parse_errno("EHWPOISON") == EHWPOISON);
  for (const char* text : {"", "E", "emfile", "24", "EMFILES", "EWOULDBLOCK "}) {
    INFO(text);
    CHECK_FALSE(parse_errno(text));
  }
  for (const std::string& name : errno_names()) CHECK(parse_errno(name));
}

TEST_CASE("pauses") {
  const auto is = [](const char* text, std::uint64_t low, std::uint64_t high) {
    const auto pause = parse_pause_ns(text);
    return pause && pause->low == low && pause->high == high;
  };
  CHECK(is("7ns", 7, 7));
  CHECK(is("200us", 200'000, 200'000));
  CHECK(is("0ms", 0, 0));
  CHECK(is("0ns..60s", 0, 60'000'000'000));
  CHECK(is("200us..5ms", 200'000, 5'000'000));
  for (const char* text : {"", "5", "ms", "5 ms", "-5ms", "1.5ms", "5m", "61s", "5ms..1ms", "5ms..", "..5ms",
                           "5..7ms", "1ms..2ms..3ms", "05ms", "18446744073709551615s"}) {
    INFO(text);
    CHECK_FALSE(parse_pause_ns(text));
  }
}

TEST_CASE("rates") {
  CHECK(parse_rate_hz("1Hz") == 1U);
  CHECK(parse_rate_hz("200Hz") == 200U);
  CHECK(parse_rate_hz("100kHz") == 100'000U);
  for (const char* text :
       {"", "0Hz", "0kHz", "200", "Hz", "1MHz", "101kHz", "100001Hz", "5khz", "1.5kHz", "-1Hz"}) {
    INFO(text);
    CHECK_FALSE(parse_rate_hz(text));
  }
}

TEST_CASE("jumps of the clock") {
  CHECK(parse_jump_ms("+1h") == 3'600'000);
  CHECK(parse_jump_ms("-30s") == -30'000);
  CHECK(parse_jump_ms("+24h") == 86'400'000);
  for (const char* text : {"", "+", "-", "1h", "+0s", "-0ms", "+25h", "--1s", "+-1s", "+1", "+ 1s"}) {
    INFO(text);
    CHECK_FALSE(parse_jump_ms(text));
  }
}

TEST_CASE("probabilities") {
  CHECK(parse_probability("1") == UINT32_MAX);
  CHECK(parse_probability("1.0") == UINT32_MAX);
  CHECK(parse_probability("0.5") == UINT32_MAX / 2);
  CHECK(parse_probability("1e-3") == 4'294'967U);
  for (const char* text :
       {"", "0", "0.0", "-0.5", "1.01", "2", "nan", "inf", "30%", "1/2", "0,5", "0.5 ", "x"}) {
    INFO(text);
    CHECK_FALSE(parse_probability(text));
  }
}

TEST_CASE("the smallest probability is more than never") { CHECK(parse_probability("1e-30") == 1U); }

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
