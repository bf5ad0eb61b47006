#include "harness/topology/guardian.h"

#include "harness/topology/spawn.h"
#include "tests/catch.h"
#include "tests/harness/child.h"

#include <sys/stat.h>

#include <map>

using namespace squall;
using namespace squall::tests;
using topology::Duties;
using topology::Guardian;
using topology::Request;

namespace {

Duties duties(std::function<int(const Request&)> carry_out) {
  return {std::move(carry_out), [](const Request&) {}, [] {}};
}

/// The statuses of `count` cases, by ticket.
std::map<std::uint64_t, int> statuses(Guardian& guardian, unsigned count) {
  std::map<std::uint64_t, int> found;
  const std::uint64_t deadline_ns = ipc::now_ns() + 20 * second_ns;
  while (found.size() < count && ipc::now_ns() < deadline_ns) {
    const auto completion = guardian.next(deadline_ns);
    REQUIRE(completion);
    if (*completion) found[(*completion)->ticket] = (*completion)->status;
  }
  return found;
}

/// A FIFO that processes of the guardian hold open for as long as they live.
class Signs {
 public:
  Signs() {
    if (mkfifo(path_.c_str(), 0600) != 0) std::abort();
    reading_.reset(open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }
  /// In a process of the guardian: says that it lives. What it returns is to be kept.
  FileDescriptor give() const {
    FileDescriptor writing(open(path_.c_str(), O_WRONLY | O_CLOEXEC));
    static_cast<void>(!write(writing.get(), "s", 1));
    return writing;
  }
  bool seen() const {
    char sign = 0;
    return eventually([&] { return read(reading_.get(), &sign, 1) == 1; });
  }
  /// Whether the last process that gave a sign is gone within the bound.
  bool all_gone(std::uint64_t bound_ns) const {
    char signs[16];
    return eventually([&] { return read(reading_.get(), signs, sizeof signs) == 0; }, bound_ns);
  }

 private:
  Scratch scratch_;
  std::string path_ = scratch_ / "signs";
  FileDescriptor reading_;
};

[[noreturn]] void wait_for_ever() {
  for (;;) pause();
}

/// Leaves a daemon, as daemons are made: a session of its own and two forks.
void leave_daemon(const Signs& signs) {
  const pid_t middle = fork();
  if (middle == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    const FileDescriptor sign = signs.give();
    wait_for_ever();
  }
  end_of(middle);
}

}  // namespace

TEST_CASE("every case's status comes back under its ticket") {
  auto guardian =
      Guardian::start(duties([](const Request& request) { return static_cast<int>(request.which); }));
  REQUIRE(guardian);
  for (std::uint64_t ticket = 1; ticket <= 5; ++ticket)
    REQUIRE(guardian->submit({ticket, 0, static_cast<std::uint32_t>(10 * ticket)}));
  CHECK(statuses(*guardian, 5) == std::map<std::uint64_t, int>{{1, 10}, {2, 20}, {3, 30}, {4, 40}, {5, 50}});
  guardian->dismiss();
}

TEST_CASE("a case that was killed has the status 128 + signal") {
  auto guardian = Guardian::start(duties([](const Request&) { return raise(SIGKILL); }));
  REQUIRE(guardian);
  REQUIRE(guardian->submit({1, 0, 0}));
  CHECK(statuses(*guardian, 1) == std::map<std::uint64_t, int>{{1, 128 + SIGKILL}});
  guardian->dismiss();
}

TEST_CASE("nothing comes where nothing ended") {
  auto guardian = Guardian::start(duties([](const Request&) { return 0; }));
  REQUIRE(guardian);
  const auto none = guardian->next(ipc::now_ns());
  REQUIRE(none);
  CHECK_FALSE(*none);
  guardian->dismiss();
}

TEST_CASE("the strays of a case that died are killed") {
  const Signs signs;
  auto guardian = Guardian::start(duties([&](const Request&) {
    leave_daemon(signs);
    return eventually([&] { return topology::children().empty(); }) ? 0 : 1;
  }));
  REQUIRE(guardian);
  REQUIRE(guardian->submit({1, 0, 0}));
  CHECK(statuses(*guardian, 1) == std::map<std::uint64_t, int>{{1, 0}});
  CHECK(signs.all_gone(5 * second_ns));
  guardian->dismiss();
}

TEST_CASE("a case is swept after it, and the run at the end") {
  const Scratch scratch;
  const auto mark = [&](const std::string& name) { write_text(scratch / name, ""); };
  const auto marked = [&](const char* name) { return std::filesystem::exists(scratch / name); };
  Duties all{[&](const Request&) { return 0; },
             [&](const Request& request) { mark("swept-" + std::to_string(request.ticket)); },
             [&] { mark("farewell"); }};
  auto guardian = Guardian::start(all);
  REQUIRE(guardian);
  REQUIRE(guardian->submit({7, 0, 0}));
  CHECK(statuses(*guardian, 1).size() == 1);
  CHECK(marked("swept-7"));
  CHECK_FALSE(marked("farewell"));
  guardian->dismiss();
  CHECK(marked("farewell"));
}

TEST_CASE("dismissal ends cases that are under way, and sweeps them") {
  const Signs signs;
  const Scratch scratch;
  Duties all{[&](const Request&) -> int {
               const FileDescriptor sign = signs.give();
               leave_daemon(signs);
               wait_for_ever();
             },
             [&](const Request&) { write_text(scratch / "swept", ""); }, [] {}};
  auto guardian = Guardian::start(all);
  REQUIRE(guardian);
  REQUIRE(guardian->submit({1, 0, 0}));
  REQUIRE(signs.seen());
  guardian->dismiss();
  CHECK(signs.all_gone(0));
  CHECK(std::filesystem::exists(scratch / "swept"));
  CHECK(topology::children().empty());
}

TEST_CASE("when the runner is killed everything is dead within a second, daemons included") {
  const Signs signs;
  const pid_t runner = fork_child([&] {
    auto guardian = Guardian::start(duties([&](const Request&) -> int {
      leave_daemon(signs);
      const FileDescriptor sign = signs.give();
      wait_for_ever();
    }));
    if (!guardian || !guardian->submit({1, 0, 0})) return 1;
    return pause();
  });
  REQUIRE(signs.seen());
  REQUIRE(signs.seen());
  kill(runner, SIGKILL);
  CHECK(end_of(runner) == 128 + SIGKILL);
  CHECK(signs.all_gone(second_ns));
}

TEST_CASE("when the guardian is killed the runner learns of it") {
  auto guardian = Guardian::start(duties([](const Request&) { return 0; }));
  REQUIRE(guardian);
  const std::vector<pid_t> mine = topology::children();
  REQUIRE(mine.size() == 1);
  kill(mine.front(), SIGKILL);
  const auto next = guardian->next(ipc::now_ns() + 10 * second_ns);
  REQUIRE_FALSE(next);
  CHECK(next.error().number == EPIPE);
  CHECK_FALSE(guardian->submit({1, 0, 0}));
  guardian->dismiss();
}
