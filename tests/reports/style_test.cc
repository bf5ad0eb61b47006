#include "reports/style.h"

#include "tests/catch.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

using namespace squall::reports;

namespace {

/// Sets variables, and puts the old ones back.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& values) {
    for (const char* name : {"TERM", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"}) {
      const char* old = std::getenv(name);
      old_[name] = old == nullptr ? std::nullopt : std::optional<std::string>(old);
      unsetenv(name);
    }
    for (const auto& [name, value] : values) setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : old_)
      value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::map<std::string, std::optional<std::string>> old_;
};

/// The terminal's end of a new pseudo-terminal.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    REQUIRE(master_ >= 0);
    REQUIRE(grantpt(master_) == 0);
    REQUIRE(unlockpt(master_) == 0);
    slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(slave_ >= 0);
    winsize size{};
    size.ws_col = columns;
    REQUIRE(ioctl(slave_, TIOCSWINSZ, &size) == 0);
  }
  ~Terminal() {
    close(slave_);
    close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  int descriptor() const { return slave_; }

 private:
  int master_;
  int slave_ = -1;
};

Style on_terminal(const std::map<std::string, std::string>& environment, Colour colour = Colour::automatic) {
  const Environment set(environment);
  const Terminal terminal(132);
  return detect_style(colour, terminal.descriptor());
}

}  // namespace

TEST_CASE("a terminal has colour, a line to redraw, and its own width") {
  const Style style = on_terminal({{"TERM", "xterm"}});
  CHECK(style.colour);
  CHECK(style.terminal);
  CHECK(style.width == 132);
}

TEST_CASE("NO_COLOR takes the colour and leaves the terminal, and --color overrides it") {
  CHECK_FALSE(on_terminal({{"TERM", "xterm"}, {"NO_COLOR", "1"}}).colour);
  CHECK(on_terminal({{"TERM", "xterm"}, {"NO_COLOR", "1"}}).terminal);
  CHECK(on_terminal({{"TERM", "xterm"}, {"NO_COLOR", ""}}).colour);
  CHECK(on_terminal({{"TERM", "xterm"}, {"NO_COLOR", "1"}}, Colour::always).colour);
  CHECK_FALSE(on_terminal({{"TERM", "xterm"}}, Colour::never).colour);
}

TEST_CASE("a dumb terminal gets neither colour nor progress") {
  CHECK_FALSE(on_terminal({{"TERM", "dumb"}}).colour);
  CHECK_FALSE(on_terminal({{"TERM", "dumb"}}).terminal);
}

TEST_CASE("the first locale variable that is set decides about UTF-8") {
  CHECK(on_terminal({{"LANG", "de_DE.UTF-8"}}).utf8);
  CHECK(on_terminal({{"LC_CTYPE", "C.utf8"}}).utf8);
  CHECK_FALSE(on_terminal({{"LC_ALL", "C"}, {"LANG", "de_DE.UTF-8"}}).utf8);
  CHECK_FALSE(on_terminal({}).utf8);
}

TEST_CASE("a file gets no colour unless it is asked for, and 100 columns") {
  const int descriptor = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const Environment set(std::map<std::string, std::string>{{"TERM", "xterm"}});
  const Style style = detect_style(Colour::automatic, descriptor);
  CHECK_FALSE(style.colour);
  CHECK_FALSE(style.terminal);
  CHECK(style.width == 100);
  CHECK(detect_style(Colour::always, descriptor).colour);
  close(descriptor);
}

TEST_CASE("paint leaves text alone without colour") {
  CHECK(paint(Tone::bad, "x", Style{}) == "x");
  CHECK(paint(Tone::good, "x", Style{.colour = true}) == "\x1b[32mx\x1b[0m");
  CHECK(paint(Tone::good, "", Style{.colour = true}).empty());
}
