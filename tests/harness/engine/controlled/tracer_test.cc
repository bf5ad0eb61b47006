// What programs may do to their tracer, and what it makes of it.
#include "tests/catch.h"
#include "tests/harness/child.h"
#include "tests/harness/engine/controlled/controlled.h"

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

Execution once(const Settings& settings) { return explored(settings, 1).last; }

Execution checked(const Settings& settings, std::uint64_t runs = 5) {
  Search search;
  search.strategy = "random";
  search.most_runs = runs;
  search.is_verified = true;
  const Exploration found = Explorer(settings).explore(search);
  CHECK(found.unequal == "");
  return found.last;
}

}  // namespace

TEST_CASE("a pipeline of a shell is under control, the same twice") {
  const Execution last = checked(command({"sh", "-c", "echo a b c | tr a-z A-Z | cat"}), 3);
  CHECK(last.failure == Failure::none);
  CHECK(last.output == "A B C\n");
}

TEST_CASE("vfork, exec by a thread, stops and sleeps are under control, the same twice") {
  for (const char* name :
       {"spawned", "exec-by-thread", "stops-and-continues", "sleepers", "times-out", "rounds"}) {
    INFO(name);
    Settings settings = program(name);
    settings.has_early_timeouts = false;  // who sleeps an hour less wakes first
    const Execution last = checked(settings);
    INFO(last.what);
    CHECK(last.failure == Failure::none);
  }
}

TEST_CASE("whoever dies with a robust mutex in shared memory leaves word of it") {
  for (const char* name : {"robust-exit", "robust-signal", "robust-asleep", "robust-running"}) {
    INFO(name);
    const Execution last = checked(program(name));
    INFO(last.what);
    CHECK(last.failure == Failure::none);
  }
}

TEST_CASE("glibc's mutex and condition variable need no access in place") {
  CHECK(once(program("rounds")).fallbacks == 0);
}

TEST_CASE("the kernel reads and writes closed memory on the program's behalf") {
  CHECK(once(program("kernel-access")).failure == Failure::none);
}

TEST_CASE("a program that blocks or ignores SIGSEGV keeps doing so") {
  CHECK(once(program("blocks-segv")).failure == Failure::none);
  CHECK(once(program("ignores-segv")).failure == Failure::none);
}

TEST_CASE("a child that crashes is a failure whatever its parent makes of it") {
  const Execution last = once(program("crash"));
  CHECK(last.failure == Failure::fatal_signal);
  CHECK(last.what.find("0.0 was killed by signal 11") == 0);
}

TEST_CASE("who waits for ever is told, and in what") {
  const Execution last = once(program("wait-for-ever"));
  CHECK(last.failure == Failure::deadlock);
  CHECK(last.what.find("asleep in read on pipe") != std::string::npos);
}

TEST_CASE("a child that outlives the program is left behind") {
  CHECK(once(program("left-behind")).failure == Failure::left_behind);
}

TEST_CASE("a task that spins without a schedule point is no verdict") {
  Settings settings = program("spin");
  settings.spin_ms = 40;
  const Execution last = once(settings);
  CHECK(last.failure == Failure::spin);
  CHECK_FALSE(is_violation(last.failure));
}

TEST_CASE("too many steps are a livelock") {
  Settings settings = program("rounds");
  settings.most_steps = 50;
  CHECK(once(settings).failure == Failure::livelock);
}

TEST_CASE("a program that does not exist is our failure, not its own") {
  CHECK(once(command({"/no/such/program"})).failure == Failure::broken);
}

TEST_CASE("killing squall with -9 leaves no traced process") {
  Scratch scratch;
  const std::string told = scratch / "pid";
  const pid_t squall = fork_child([&] {
    Settings settings = command({"sh", "-c", "echo $$ > " + told + "; while :; do :; done"});
    settings.spin_ms = 1000;
    settings.most_steps = 1'000'000;
    once(settings);
    return 0;
  });
  pid_t traced = 0;
  REQUIRE(eventually([&] {
    std::ifstream file(told);
    return static_cast<bool>(file >> traced) && traced > 0;
  }));
  kill(squall, SIGKILL);
  end_of(squall);
  CHECK(eventually([&] { return !exists(traced); }));
}

TEST_CASE("an ordinary user explores too, without real-time priority, and finds the same") {
  if (geteuid() != 0) SUCCEED("is one");
  const int status = status_of([] {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 90;
    prctl(PR_SET_DUMPABLE, 1);  // as after an exec
    if (chdir("/") != 0) return 91;
    setenv("SQUALL_NO_REALTIME", "1", 1);
    const Exploration found = explored(command({"sh", "-c", "echo a | cat; exit 3"}), 2);
    if (found.last.failure != Failure::bad_exit) return 1;
    if (!explored(program("lost-update"), 100).failing) return 2;
    for (const char* name : {"lost-update", "rounds", "two-stores"})
      if (explored(program(name, true), 5).last.failure != Failure::none) return 3;
    for (const char* name : {"robust-exit", "robust-signal", "robust-asleep", "robust-running", "blocks-segv",
                             "ignores-segv", "spawned", "robust-orphan", "fault-in-push"})
      if (explored(program(name), 3).last.failure != Failure::none) return 4;
    return 0;
  });
  CHECK(status == 0);
}

TEST_CASE("with calls alone as points, accesses are none, and programs do the same") {
  Settings settings = program("lost-update", true);
  settings.points = Points::calls;
  const Exploration calls = explored(settings, 3), all = explored(program("lost-update", true), 3);
  CHECK(calls.last.failure == Failure::none);
  CHECK(calls.steps < all.steps);
  settings.command.words.pop_back();
  CHECK_FALSE(explored(settings, 100).failing);
}
