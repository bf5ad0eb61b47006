#include "reports/text.h"

#include "tests/catch.h"

using namespace squall::reports;

namespace {

constexpr Style utf8{.utf8 = true};
constexpr std::uint64_t second_ns = 1'000'000'000;

}  // namespace

TEST_CASE("text that fits is left as it is") {
  for (Medium medium : {Medium::screen, Medium::ascii, Medium::data})
    CHECK(fit("two\nlines ", medium) == "two\nlines ");
  CHECK(fit("5 µs → €", Medium::screen) == "5 µs → €");
  CHECK(fit("", Medium::screen).empty());
}

TEST_CASE("invalid UTF-8 is spelled out byte by byte") {
  CHECK(fit("\xff", Medium::data) == "\\xff");
  CHECK(fit("\xc0\xaf", Medium::data) == "\\xc0\\xaf");                    // longer than necessary
  CHECK(fit("\xe2\x82", Medium::data) == "\\xe2\\x82");                    // cut short
  CHECK(fit("\xed\xa0\x80", Medium::data) == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(fit("\xf4\x90\x80\x80", Medium::data) == "\\xf4\\x90\\x80\\x80");  // beyond the last character
  CHECK(fit("\xf0\x9f\x8c\x8a", Medium::data) == "\xf0\x9f\x8c\x8a");
  CHECK(fit("a\x80z", Medium::screen) == "a\\x80z");
}

TEST_CASE("control characters never reach a screen") {
  CHECK(fit("\x1b[2J\r\x07\x7f", Medium::screen) == "\\x1b[2J\\x0d\\x07\\x7f");
  CHECK(fit("\xc2\x9b", Medium::screen) == "\\u{9b}");
  CHECK(fit("a\tb", Medium::screen) == "a  b");
  CHECK(fit("\xe2\x80\xae", Medium::screen) == "\\u{202e}");
  CHECK(fit("€", Medium::ascii) == "\\u{20ac}");
}

TEST_CASE("XML's forbidden characters never reach a document") {
  CHECK(fit(std::string("\0\x01\t\n", 4), Medium::data) == "\\x00\\x01\t\n");
  CHECK(fit("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", Medium::data) == "\\u{fffe}\\u{ffff}\xef\xbf\xbd");
}

TEST_CASE("a shell takes a word for one, whatever is in it") {
  CHECK(shell_word("a-b/c.schedule") == "a-b/c.schedule");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("two words") == "'two words'");
  CHECK(shell_word("it's $HOME") == "'it'\\''s $HOME'");
  CHECK(shell_word("~") == "'~'");
}

TEST_CASE("names stay on one line") { CHECK(fit_name("a\nb", utf8) == "a\\nb"); }

TEST_CASE("columns counts what a screen shows") {
  CHECK(columns("abc") == 3);
  CHECK(columns("✓ é") == 3);
  CHECK(columns("e\xcc\x81") == 1);
  CHECK(columns("日本") == 4);
  CHECK(columns(paint(Tone::bad, "abc", Style{.colour = true})) == 3);
}

TEST_CASE("shortened text fits its limit exactly, and says that it was shortened") {
  CHECK(shortened("abcdef", 6, utf8) == "abcdef");
  CHECK(shortened("abcdef", 5, utf8) == "abcd…");
  CHECK(shortened("abcdef", 5, Style{}) == "ab...");
  CHECK(shortened("日本語", 5, utf8) == "日本…");
  CHECK(shortened("日本語", 4, utf8) == "日…");
  CHECK(shortened("abcdef", 1, utf8) == ".");
  CHECK(shortened("abcdef", 0, utf8).empty());
}

TEST_CASE("folded lines keep their indent and go on two columns deeper") {
  const std::vector<std::string> lines = folded("short\n  one two three four", 12);
  CHECK(lines == std::vector<std::string>{"short", "  one two", "    three", "    four"});
  CHECK(folded("unbreakablyLong", 5) == std::vector<std::string>{"unbreakablyLong"});
}

TEST_CASE("durations in words and in columns") {
  CHECK(spoken_duration(0) == "0.0 s");
  CHECK(spoken_duration(14'234'000'000) == "14.2 s");
  CHECK(spoken_duration(59'960'000'000) == "1 min 00 s");
  CHECK(spoken_duration(134 * second_ns) == "2 min 14 s");
  CHECK(spoken_duration(3723 * second_ns) == "1 h 02 min");
  CHECK(column_duration(12'345'678) == "    0.012 s");
  CHECK(column_duration(9999 * second_ns).size() == 11);
}

TEST_CASE("one is singular") {
  CHECK(counted(1, "case") == "1 case");
  CHECK(counted(0, "case") == "0 cases");
}
