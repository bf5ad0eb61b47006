#include "harness/topology/farewell.h"

#include "tests/catch.h"
#include "tests/harness/child.h"

#include <optional>

using namespace squall;
using namespace squall::tests;

namespace {

/// Dies of SIGKILL once there is a duty that leaves a file; `forked` lives on until the pipe is closed.
int die(const Scratch& scratch, std::optional<int> forked_waits_for) {
  const auto alive = topology::when_dead([&] { write_text(scratch / "done", "."); });
  if (!alive) return 1;
  if (forked_waits_for && fork() == 0) {
    char nothing = 0;
    _exit(static_cast<int>(read(*forked_waits_for, &nothing, 1)));
  }
  return kill(getpid(), SIGKILL);
}

}  // namespace

TEST_CASE("the duty is done once the process has been killed, and not before") {
  const Scratch scratch;
  CHECK(status_of([&] { return die(scratch, std::nullopt); }) == 128 + SIGKILL);
  CHECK(eventually([&] { return std::filesystem::exists(scratch / "done"); }));
}

TEST_CASE("the duty waits for what the process has forked") {
  const Scratch scratch;
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  CHECK(status_of([&] {
          writing.reset();
          return die(scratch, reading.get());
        }) == 128 + SIGKILL);
  constexpr std::uint64_t a_while_ns = second_ns / 10;
  CHECK_FALSE(eventually([&] { return std::filesystem::exists(scratch / "done"); }, a_while_ns));
  writing.reset();
  CHECK(eventually([&] { return std::filesystem::exists(scratch / "done"); }));
}
