// How far a search has come is told where somebody looks, and nowhere else.
#include "harness/cli/counter.h"

#include "tests/catch.h"
#include "tests/harness/child.h"

#include <stdlib.h>

using namespace squall;
using namespace squall::cli;
using namespace squall::tests;

namespace {

/// What a child and a child of that one tell of two things, one each.
void count_two(const Common& options) {
  Counter counter("schedules", options);
  status_of([&] {
    counter.count();
    return 0;
  });
  counter.count();
}

/// What a terminal gets as stderr of that.
std::string told_to_terminal(const Common& options) {
  const FileDescriptor screen(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(grantpt(screen.get()) == 0);
  REQUIRE(unlockpt(screen.get()) == 0);
  const FileDescriptor keyboard(open(ptsname(screen.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(keyboard);
  REQUIRE(status_of([&] {
            dup2(keyboard.get(), STDERR_FILENO);
            setenv("TERM", "xterm", 1);
            count_two(options);
            return 0;
          }) == 0);
  REQUIRE(write(keyboard.get(), "!", 1) == 1);
  std::string text;
  for (char byte = 0; byte != '!';) {
    REQUIRE(read(screen.get(), &byte, 1) == 1);
    text += byte;
  }
  return text;
}

}  // namespace

TEST_CASE("a terminal is told at once, then seldom, and the line is gone in the end") {
  CHECK(told_to_terminal({}) == "\r1 schedules, 0 s\x1b[K\r\x1b[K!");
}

TEST_CASE("a quiet search counts nothing") {
  CHECK(told_to_terminal({.verbosity = reports::Verbosity::quiet}) == "!");
}

TEST_CASE("a file is told nothing") {
  const Scratch scratch;
  const std::string path = scratch / "stderr";
  REQUIRE(status_of([&] {
            dup2(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), STDERR_FILENO);
            count_two({});
            return 0;
          }) == 0);
  CHECK(std::filesystem::file_size(path) == 0);
}
