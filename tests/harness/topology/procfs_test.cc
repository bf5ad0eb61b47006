#include "harness/topology/procfs.h"

#include "tests/catch.h"
#include "tests/harness/child.h"

#include <atomic>

using namespace squall;
using namespace squall::tests;
using topology::snapshot;

namespace {

/// A child that reads from the pipe and never gets anything.
pid_t reader_of(const Pipe& pipe) {
  return fork_child([&] {
    char byte;
    return static_cast<int>(read(pipe.reading.get(), &byte, 1));
  });
}

struct Killed {
  pid_t pid;
  ~Killed() {
    kill(pid, SIGKILL);
    end_of(pid);
  }
};

}  // namespace

TEST_CASE("a process that reads from an empty pipe sleeps in read on that pipe") {
  const Pipe pipe;
  const Killed reader{reader_of(pipe)};
  REQUIRE(
      eventually([&] { return snapshot(reader.pid).asleep() && snapshot(reader.pid).call_name == "read"; }));
  const topology::Snapshot seen = snapshot(reader.pid);
  CHECK(seen.arguments[0] == static_cast<std::uint64_t>(pipe.reading.get()));
  CHECK(seen.object.rfind("pipe:[", 0) == 0);
  CHECK(topology::in_words(seen) == "asleep in read on " + seen.object);
  CHECK(snapshot(reader.pid).switches == seen.switches);
}

TEST_CASE("a stopped process is stopped") {
  const Pipe pipe;
  const Killed reader{reader_of(pipe)};
  kill(reader.pid, SIGSTOP);
  REQUIRE(eventually([&] { return snapshot(reader.pid).state == 'T'; }));
  CHECK(topology::in_words(snapshot(reader.pid)) == "stopped by a signal");
}

TEST_CASE("a process in user space is in no system call") {
  const Killed spinner{fork_child([] {
    for (std::atomic<int> spins{0};;) ++spins;
    return 0;
  })};
  CHECK(
      eventually([&] { return topology::in_words(snapshot(spinner.pid)) == "running, in no system call"; }));
}

TEST_CASE("a dead process that nobody has waited for is dead") {
  const pid_t child = fork_child([] { return 0; });
  CHECK(eventually([&] { return topology::in_words(snapshot(child)) == "dead, but not waited for"; }));
  end_of(child);
  CHECK(snapshot(child).state == '?');
}

TEST_CASE("the sharers of a pipe are the processes that have it open") {
  Pipe pipe, other;
  const Killed reader{reader_of(pipe)};
  const Killed stranger{fork_child([&] {
    pipe.reading.reset();
    pipe.writing.reset();
    other.say('c');
    return pause();
  })};
  REQUIRE(other.hear() == 'c');
  REQUIRE(eventually([&] { return snapshot(reader.pid).call_name == "read"; }));
  const std::string object = snapshot(reader.pid).object;
  CHECK(topology::sharers(object, {reader.pid, stranger.pid}) == std::vector<pid_t>{reader.pid});
  CHECK(topology::sharers("pipe:[0]", {reader.pid, stranger.pid}).empty());
}

TEST_CASE("candidates that die meanwhile share nothing") {
  const pid_t child = fork_child([] { return 0; });
  end_of(child);
  CHECK(topology::sharers("pipe:[1]", {child}).empty());
}
