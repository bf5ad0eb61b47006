// Closed memory is the program's all the same: the kernel and the tracer read and write it as ever.
#include "tests/catch.h"
#include "tests/harness/engine/controlled/controlled.h"

#include <algorithm>

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

void check_often(const std::string& name) {
  const Execution last = explored(program(name), 30, "random").last;
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

TEST_CASE("a part of closed memory has a protection of its own") {
  check_good("protected-first");
  check_good("half-protected");
}

TEST_CASE("messages by the dozen and the words of a new program may lie in closed memory") {
  check_good("messages");
  check_good("words-in-shared-memory");
}

TEST_CASE("room for shared memory is used again, and accesses there are points as before") {
  CHECK(explored(program("maps-on-and-on"), 200).last.failure == Failure::bad_exit);
}

TEST_CASE("shared memory at a place of the program's choice is there, and said to be out of control, once") {
  const Execution last = patiently("chosen-places");
  INFO(last.what);
  CHECK(last.failure == Failure::none);
  CHECK(last.notes.size() == 1);
  check_good("gives-way");
}

TEST_CASE("processes that map it after they were forked share nothing else") {
  check_good("mapped-after-fork");
}

TEST_CASE("memory becomes shared while somebody is in a call that leads there") {
  for (const char* name : {"shared-in-a-wait", "shared-in-a-read", "shared-in-a-readv"}) check_often(name);
}

TEST_CASE("words in closed memory may be waited for together") { check_often("waits-for-either"); }

TEST_CASE("a copy within closed memory reads what it has just written") { check_good("overlapping-copies"); }

TEST_CASE("one process reaches into the closed memory of another, or nobody is blamed that it cannot") {
  check_good("reaches-across");
  CHECK(patiently("reaches-from-without").failure == Failure::outside);
}

TEST_CASE("what is mapped to be read only is shared with whoever writes the file") {
  for (const char* name :
       {"written-by-descriptor", "written-elsewhere", "written-later", "written-by-program"}) {
    INFO(name);
    CHECK(explored(program(name), 1000, "exhaustive").last.failure == Failure::bad_exit);
  }
}

TEST_CASE("code in closed memory runs") { check_often("code-mapped-twice"); }

TEST_CASE("the numbers of a child arrive in closed memory") { check_often("numbers-in-shared-memory"); }

TEST_CASE("a file that is cut short before it is mapped ends who reads it there") {
  CHECK(explored(program("cut-short"), 1000, "exhaustive").last.failure == Failure::fatal_signal);
}

TEST_CASE("a shared mapping of the device of zeroes is memory of its own") {
  const Exploration found = explored(program("mapped-zeroes"), 1000, "exhaustive");
  CHECK(found.last.failure == Failure::bad_exit);
  CHECK(found.last.what.find("exited with 1") != std::string::npos);
}

TEST_CASE("a file that nobody writes is read without a point") {
  const Execution last = patiently("read-by-two");
  CHECK(last.failure == Failure::none);
  CHECK(std::ranges::none_of(last.steps, [](const Candidate& step) { return step.kind == EventKind::load; }));
}

TEST_CASE("a timer whose file is closed hides no deadlock") {
  CHECK(patiently("closed-timer").failure == Failure::deadlock);
  CHECK(patiently("closed-timer-by-exec").failure == Failure::deadlock);
}
