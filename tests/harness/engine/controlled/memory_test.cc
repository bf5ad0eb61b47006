// Closed memory is the program's all the same: the kernel and the tracer read and write it as ever.
#include "tests/catch.h"
#include "tests/harness/engine/controlled/controlled.h"

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

/// One execution in which no bound passes before everybody waits.
Execution patiently(const std::string& name) {
  Settings settings = program(name);
  settings.has_early_timeouts = false;
  return explored(settings, 1, "random").last;
}

void check_good(const std::string& name) {
  const Execution last = patiently(name);
  INFO(name << ": " << last.what);
  CHECK(last.failure == Failure::none);
}

}  // namespace

TEST_CASE("what the tracer answers arrives in closed memory, and bounds are read from it") {
  check_good("answers-in-shared-memory");
  check_good("bounds-in-shared-memory");
}

TEST_CASE("what a task asks of itself arrives in closed memory, and advice about it is heard") {
  check_good("asks-of-itself");
  check_good("advice");
}

TEST_CASE("a timer whose file is closed hides no deadlock") {
  CHECK(patiently("closed-timer").failure == Failure::deadlock);
  CHECK(patiently("closed-timer-by-exec").failure == Failure::deadlock);
}
