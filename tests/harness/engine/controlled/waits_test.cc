// Time under control, and waits for what is not.
#include "tests/catch.h"
#include "tests/harness/child.h"
#include "tests/harness/engine/controlled/controlled.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <thread>

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

constexpr std::uint64_t most_schedules = 500;

/// A server that is not traced; whether it answers is its business.
class Server {
 public:
  explicit Server(bool answers) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(socket_.get(), 8) == 0);
    if (answers) thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    shutdown(socket_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }

  Settings asked(const std::string& name) const {
    Settings settings = program(name);
    settings.command.environment.push_back("ASK=" + path_);
    settings.outside_ms = 200;
    return settings;
  }

 private:
  void serve() {
    for (;;) {
      const FileDescriptor client(accept(socket_.get(), nullptr, nullptr));
      if (!client) return;
      char byte = 0;
      if (::read(client.get(), &byte, 1) == 1 && ::write(client.get(), "a", 1) != 1) return;
    }
  }

  Scratch scratch_;
  std::string path_ = scratch_ / "socket";
  FileDescriptor socket_;
  std::thread thread_;
};

/// A program whose bounds pass only when nobody can go on.
Settings punctual(const std::string& name) {
  Settings settings = program(name);
  settings.has_early_timeouts = false;
  return settings;
}

Failure end_of_one(const Settings& settings) { return explored(settings, 1).last.failure; }

}  // namespace

TEST_CASE("timers of every kind expire by our clock, the same twice") {
  for (const char* name : {"alarm-wakes", "ticks", "timer-file", "posix-timer"}) {
    INFO(name);
    Search search;
    search.strategy = "random";
    search.most_runs = 10;
    search.is_verified = true;
    const Exploration found = Explorer(program(name)).explore(search);
    INFO(found.last.what);
    CHECK(found.unequal == "");
    CHECK(found.last.failure == Failure::none);
  }
}

TEST_CASE("an alarm between the look and the sleep is lost, and found") {
  const Exploration found = explored(program("looks-then-pauses"), most_schedules);
  REQUIRE(found.failing);
  CHECK(found.last.failure == Failure::deadlock);
  CHECK(Explorer(settings_of(*found.failing)).replay(*found.failing, 10).diverged == "");
  const Exploration twin = explored(program("looks-then-pauses", true), 60);
  INFO(twin.last.what);
  CHECK_FALSE(twin.failing);
}

TEST_CASE("a bound passes early only where that is a choice") {
  Settings settings = program("late-answer");
  const Exploration found = explored(settings, most_schedules);
  REQUIRE(found.failing);
  CHECK(Explorer(settings_of(*found.failing)).replay(*found.failing, 10).diverged == "");
  CHECK_FALSE(explored(program("late-answer", true), 60).failing);
  settings.has_early_timeouts = false;
  CHECK_FALSE(explored(settings, 60).failing);
}

TEST_CASE("an alarm that nobody handles ends who hangs, and never who is slow") {
  CHECK_FALSE(explored(program("watchdog", true), 60).failing);
  CHECK(end_of_one(program("watchdog")) == Failure::fatal_signal);
}

TEST_CASE("a server that nobody calls is no deadlock") {
  Settings settings = program("serves-nobody");
  settings.outside_ms = 50;
  const Execution last = explored(settings, 1).last;
  CHECK(last.failure == Failure::outside);
  CHECK_FALSE(is_violation(last.failure));
}

TEST_CASE("connections and FIFOs of which nobody else has an end are deadlocks") {
  for (const char* name : {"both-read", "both-read-tcp", "both-write-tcp", "lonely-fifo"}) {
    INFO(name);
    CHECK(end_of_one(program(name)) == Failure::deadlock);
  }
}

/// The kernel may be late with it, where others keep it busy: then nothing is known.
TEST_CASE("what TCP holds back is no deadlock") {
  constexpr int most_tries = 5;
  for (const char* name : {"held-back", "corked"}) {
    INFO(name);
    Failure failure = Failure::outside;
    for (int i = 0; i < most_tries && failure == Failure::outside; ++i)
      failure = explored(program(name), 2).last.failure;
    CHECK(failure == Failure::none);
  }
}

TEST_CASE("what TCP holds back comes before a bound that is to pass late") {
  const Execution last = explored(punctual("more-to-come"), 2).last;
  INFO(last.what);
  CHECK(last.failure == Failure::none);
}

TEST_CASE("what TCP holds back for ever is waited for once") {
  const Exploration found = explored(punctual("connects-for-ever"), 1);
  INFO(found.last.what);
  CHECK(found.last.failure == Failure::none);
  CHECK(found.duration_ns < 10'000'000'000);
}

TEST_CASE("a timer whose maker is gone goes on with whoever has its file") {
  for (const char* name : {"passed-timer", "taken-timer"}) {
    INFO(name);
    const Execution last = explored(punctual(name), 10, "random").last;
    INFO(last.what);
    CHECK(last.failure == Failure::none);
    CHECK(last.notes == std::vector<std::string>{});
  }
}

TEST_CASE("a timer that ticks for nobody hides no deadlock") {
  for (const char* name : {"lost-timer", "dropped-timer", "closed-with-socket", "kept-timer"}) {
    INFO(name);
    CHECK(end_of_one(program(name)) == Failure::deadlock);
  }
}

TEST_CASE("ticks that nobody waits for are counted, and are no steps") {
  const Exploration found = explored(punctual("sleeps-among-ticks"), 1);
  INFO(found.last.what);
  CHECK(found.last.failure == Failure::none);
  CHECK(found.steps < 100);
}

TEST_CASE("an answer from outside is waited for in real time") {
  const Server server(true);
  for (const char* name : {"asks", "asks-with-bound"}) {
    INFO(name);
    Settings settings = server.asked(name);
    settings.outside_ms = 20'000;
    settings.has_early_timeouts = false;
    const Execution last = explored(settings, 1).last;
    INFO(last.what);
    CHECK(last.failure == Failure::none);
  }
}

TEST_CASE("who waits for an answer from outside that does not come is no deadlock") {
  const Server server(false);
  CHECK(end_of_one(server.asked("asks")) == Failure::outside);
}

TEST_CASE("a bound passes by our clock, whatever call it is of") {
  for (const char* name : {"bounded-socket", "bounded-accept", "bounded-epoll", "bounded-futexes",
                           "bounded-messages", "shared-bound"})
    for (const bool early : {false, true}) {
      INFO(name);
      Settings settings = program(name);
      settings.has_early_timeouts = early;
      const Exploration found = explored(settings, 20, "random");
      INFO(found.last.what);
      CHECK(found.last.failure == Failure::none);
      CHECK(found.duration_ns < 20'000'000'000);
    }
}

/// Their programs measure time, so it only passes when nobody else can go on.
TEST_CASE("a call with a bound that a signal interrupts goes on, or tells what is left") {
  for (const char* name : {"restarted-queue", "rest-of-sleep", "sleep-through-stop", "rest-of-select"}) {
    INFO(name);
    const Exploration found = explored(punctual(name), 100, "random");
    INFO(found.last.what);
    CHECK(found.last.failure == Failure::none);
  }
}

TEST_CASE("whoever looks without sleeping lets others go on, in an exhaustive search too") {
  for (const char* name : {"spins", "polls-for-child"}) {
    const Exploration found = explored(program(name), is_full_run() ? 20'000 : 30, "exhaustive");
    INFO(name << ": " << found.last.what);
    CHECK_FALSE(found.failing);
    if (is_full_run()) CHECK(found.said.find("rounds of a loop in a row, none fails") != std::string::npos);
  }
}
