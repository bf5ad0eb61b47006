// Interrupts: the kernel really interrupts the call, and the handler really runs.
#include "tests/catch.h"
#include "tests/harness/preload/preloaded.h"

namespace squall::tests {

using namespace squall::faults;

namespace {

Rule& interrupt(Preloaded& program, std::initializer_list<std::string_view> calls) {
  Rule& rule = program.rule(Action::interrupt, calls);
  rule.signal = SIGUSR1;
  return rule;
}

}  // namespace

TEST_CASE("an interrupted call fails with EINTR, and its handler ran") {
  for (const char* call :
       {"read",       "readv",        "write",      "recv",           "accept",     "poll",    "ppoll",
        "select",     "pselect",      "epoll_wait", "nanosleep",      "usleep",     "sleep",   "pause",
        "sigsuspend", "sigtimedwait", "sem_wait",   "sem_timedwait",  "mq_receive", "mq_send", "msgrcv",
        "semop",      "waitpid",      "fcntl",      "clock_nanosleep"}) {
    INFO(call);
    Preloaded program;
    interrupt(program, {call}).last = 1;
    const Outcome outcome = program.run_probe({"wait-in", call});
    CHECK(outcome.status == 0);
    CHECK(outcome.output == "EINTR handled\n");
    const std::vector<Decided> decisions = program.decisions();
    REQUIRE(decisions.size() == 1);
    CHECK(decisions[0].effect == Effect::done);
    CHECK(decisions[0].value == SIGUSR1);
    CHECK(program.diary().signals[SIGUSR1].entered >= 1);
  }
}

TEST_CASE("a call with SA_RESTART goes on waiting after its handler ran") {
  Preloaded program;
  interrupt(program, {"read"}).last = 1;
  CHECK(program.run_probe({"restart"}).output == "restarted\n");
  CHECK(program.count(Effect::done) == 1);
}

TEST_CASE("a poll is interrupted even with SA_RESTART") {
  Preloaded program;
  interrupt(program, {"poll"});
  CHECK(program.run_probe({"wait-in", "poll", "restart"}).output == "EINTR handled\n");
}

TEST_CASE("nothing is sent that nobody handles") {
  for (const char* how : {"unhandled", "blocked"}) {
    INFO(how);
    Preloaded program;
    interrupt(program, {"poll"});
    CHECK(program.run_probe({"wait-in", "poll", how}).output == "0 undisturbed\n");
    CHECK(program.count(Effect::refused) == 1);
  }
}

TEST_CASE("only a call that would wait is an occurrence") {
  Preloaded program;
  interrupt(program, {"read"});
  CHECK(program.run_probe({"read-at-once"}).output == "read\n");
  CHECK(program.diary().occurrences[0] == 0);
  CHECK(program.decisions().empty());
}

TEST_CASE("a wait for a condition ends for no reason, once, and the mutex is held") {
  Preloaded program;
  Rule& rule = program.rule(Action::spurious, {"pthread_cond_wait"});
  rule.portable = true;
  rule.last = 1;
  const Outcome outcome = program.run_probe({"condition"});
  CHECK(outcome.status == 0);
  CHECK(outcome.output == "2\n");
  CHECK(program.count(Effect::done) == 1);
}

TEST_CASE("a wait for a condition ends for no reason only where what POSIX allows may happen") {
  for (const bool portable : {false, true}) {
    Preloaded program;
    program.rule(Action::spurious, {"pthread_cond_timedwait"}).portable = portable;
    CHECK(program.run_probe({"condition-timed"}).output == (portable ? "0\n" : "ETIMEDOUT\n"));
    CHECK(program.count(portable ? Effect::done : Effect::refused) == 1);
  }
}

TEST_CASE("every thread and a forked child are interrupted by their own timers") {
  Preloaded program;
  interrupt(program, {"poll"});
  CHECK(program.run_probe({"wait-in-many"}).output == "all\n");
  CHECK(program.count(Effect::done) == 5);
}

}  // namespace squall::tests
