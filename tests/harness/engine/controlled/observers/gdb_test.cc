// The state at a violation, looked at with the installed gdb.
#include "harness/engine/controlled/gdb/server.h"
#include "tests/catch.h"
#include "tests/harness/engine/controlled/observers/observed.h"

#include <fmt/format.h>

#include <sstream>

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

bool has_gdb() {
  if (std::system("gdb --version > /dev/null 2>&1") == 0) return true;
  WARN("skipped: no gdb is installed");
  return false;
}

/// What gdb says to these commands about the program at its violation.
std::string gdb_about(const Schedule& schedule, const std::vector<std::string>& commands) {
  const Scratch scratch;
  const Pipe pipe;
  const pid_t server = fork_child([&] {
    GdbOptions options;
    const FileDescriptor listener = listen_for_gdb(0);
    options.listener = listener.get();
    options.is_serving = [&](std::uint16_t port) {
      static_cast<void>(!write(pipe.writing.get(), &port, sizeof port));
    };
    const GdbServed served = serve_gdb(settings_of(schedule), schedule, options);
    if (!served.served) fprintf(stderr, "%s\n", served.why.c_str());
    return served.served ? 0 : 1;
  });
  pollfd event{pipe.reading.get(), POLLIN, 0};
  std::uint16_t port = 0;
  REQUIRE(poll(&event, 1, 20'000) == 1);
  REQUIRE(read(pipe.reading.get(), &port, sizeof port) == ssize_t{sizeof port});
  std::string line =
      fmt::format("timeout 60 gdb -nx -batch -iex 'set auto-load off' -ex 'target remote :{}'", port);
  for (const std::string& command : commands) line += fmt::format(" -ex '{}'", command);
  const std::string output = scratch / "output";
  CHECK(std::system((line + " < /dev/null > " + output + " 2>&1").c_str()) == 0);
  CHECK(end_of(server) == 0);
  std::ostringstream text;
  text << std::ifstream(output).rdbuf();
  return text.str();
}

Schedule violation_of(const std::string& name) {
  const Exploration found = explored(observed(name), 500);
  REQUIRE(found.failing);
  return *found.failing;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("gdb sees all processes of a deadlock, their stacks and their memory") {
  if (!has_gdb()) return;
  const std::string said =
      gdb_about(violation_of("deadlock"), {"info threads", "bt", "info registers rip", "x/2i $pc",
                                           "inferior 2", "symbol-file " SQUALL_OBSERVED, "bt"});
  INFO(said);
  CHECK(contains(said, "0, asleep in wait4"));
  CHECK(contains(said, "0.0, asleep in read"));
  CHECK(contains(said, "deadlock ()"));
  CHECK(contains(said, place_of("line of the wait")));
  CHECK(contains(said, "=> 0x"));
}

TEST_CASE("gdb prints the variables of a task that is about to crash") {
  if (!has_gdb()) return;
  const std::string said = gdb_about(
      violation_of("crash"), {"bt", "print place", "info threads", "print $xmm7.v2_double[0]", "print $st0"});
  INFO(said);
  CHECK(contains(said, "0.0, before SIGSEGV"));
  CHECK(contains(said, "read_from (place="));
  CHECK(contains(said, "$1 = (const volatile int *) 0x0"));
  CHECK(contains(said, "$2 = 0.5"));
  CHECK(contains(said, "$3 = 0.5"));
}

TEST_CASE("gdb reads shared memory that is closed to the program") {
  if (!has_gdb()) return;
  const std::string said = gdb_about(violation_of("lost-update"), {"bt", "up", "print all.counter"});
  INFO(said);
  CHECK(contains(said, "expect_two (all="));
  CHECK(contains(said, "$1 = 1"));
}
