// Programs that do nothing wrong, where a tracer easily would.
#include "tests/catch.h"
#include "tests/harness/engine/controlled/controlled.h"

#include <fcntl.h>

#include <vector>

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

void expect_innocence(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    INFO(name);
    Search search;
    search.strategy = "random";
    search.most_runs = 50;
    Settings settings = program(name);
    settings.has_early_timeouts = false;
    const Exploration found = Explorer(settings).explore(search);
    INFO(found.last.what);
    CHECK(found.last.failure == Failure::none);
    CHECK(found.runs == search.most_runs);
  }
}

Exploration exhausted(const Settings& settings) {
  Search search;
  search.strategy = "exhaustive";
  search.options.preemption_bound = 4;
  search.most_runs = 20'000;
  return Explorer(settings).explore(search);
}

}  // namespace

TEST_CASE("a stop that comes before the first step is a stop") { expect_innocence({"stopped-at-once"}); }

TEST_CASE("the return of a handler has no arguments, whatever is in the registers") {
  expect_innocence({"handler-with-addresses"});
}

TEST_CASE("a signal before an instruction that runs in place is not lost") {
  expect_innocence({"signal-before-push"});
}

TEST_CASE("the fault of an instruction that runs in place is the program's, at its address") {
  expect_innocence({"fault-in-push"});
}

TEST_CASE("the fault of an instruction that runs out of line is at the instruction") {
  expect_innocence({"fault-in-division"});
}

TEST_CASE("a program is not blamed for what control keeps from it") {
  expect_innocence({"sandboxed"});
  for (const char* name : {"sandboxed-push", "strictly-sandboxed", "traced-by-parent"}) {
    const Execution last = explored(program(name), 20, "random").last;
    INFO(name << ": " << last.what);
    CHECK(last.failure == Failure::outside);
    CHECK_FALSE(last.notes.empty());
  }
}

TEST_CASE("robust mutexes are told of however their owner goes") {
  expect_innocence({"robust-exec", "failing-exec", "robust-orphan", "robust-orphan-of-signal",
                    "robust-sibling", "robust-group", "robust-raise", "robust-own-group", "robust-sigqueue"});
}

TEST_CASE("a handler that blocks SIGSEGV may touch shared memory") {
  expect_innocence({"handler-blocks-segv"});
}

TEST_CASE("a process whose first thread has ended is stopped and continued as a whole") {
  expect_innocence({"first-thread-leaves"});
}

TEST_CASE("children are children however they are made") {
  expect_innocence({"raw-children", "exec-among-accesses"});
}

TEST_CASE("interrupted calls are restarted where the kernel restarts them") {
  expect_innocence({"restarted"});
}

TEST_CASE("an exhaustive search knows that a file has many names") {
  CHECK(exhausted(program("renamed-and-back")).failing);
  CHECK_FALSE(exhausted(program("renamed-and-back", true)).failing);
}

TEST_CASE("a call that tells what somebody else changes is a schedule point") {
  for (const char* name :
       {"grows", "changes-group", "changes-directory", "changes-nice", "changes-processors"}) {
    INFO(name);
    CHECK(exhausted(program(name)).failing);
  }
}

TEST_CASE("a file without a name is the same in every execution, whatever its inode") {
  const Exploration found = exhausted(program("grows"));
  REQUIRE(found.failing);
  std::vector<FileDescriptor> others;  // they take the inodes
  for (int i = 0; i < 4; ++i) others.emplace_back(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  const Replayed replayed = Explorer(settings_of(*found.failing)).replay(*found.failing, 3);
  CHECK(replayed.diverged == "");
  CHECK(replayed.last.failure == found.last.failure);
}

TEST_CASE("a file without a name is another than one that had its inode before") {
  const Exploration found = exhausted(program("unnamed-after-another"));
  REQUIRE(found.failing);
  const Settings other = program("unnamed-after-another", true);
  const Replayed replayed = Explorer(other).replay(*found.failing, 1);
  CHECK(replayed.diverged == "");
  CHECK(replayed.last.failure == found.last.failure);
}

TEST_CASE("executions that begin with a copy are those that begin with exec") {
  for (const char* name :
       {"lost-update", "rounds", "robust-exec", "spawned", "kept-from-children", "wiped-for-children"}) {
    INFO(name);
    Search search;
    search.strategy = "random";
    search.most_runs = 3;
    search.is_verified = true;  // the second time by exec
    const Exploration found = Explorer(program(name, true)).explore(search);
    INFO(found.last.what);
    CHECK(found.unequal == "");
    CHECK(found.runs == search.most_runs);
  }
}
