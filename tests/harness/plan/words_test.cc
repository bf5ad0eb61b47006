// Every fault in words.
#include "harness/plan/words.h"

#include "tests/harness/plan/scenarios.h"

#include <cerrno>
#include <csignal>

using namespace squall;
using plan::in_words;
using scenario::Fault;

namespace {

Fault fault(Fault::Action action, const std::string& at = "all", scenario::When when = {}) {
  Fault made;
  made.action = action;
  made.at = at;
  made.when = when;
  return made;
}

}  // namespace

TEST_CASE("faults at operations in words") {
  Fault made = fault(Fault::Action::kill, "producer[1]", {3, 3, 1});
  made.call = "send";
  CHECK(in_words(made) == "kill (signal 9) producer[1] at the 3rd send");
  made.of = "consumer";
  CHECK(in_words(made) == "kill (signal 9) producer[1] at the 3rd send of consumer");
  made = fault(Fault::Action::stop, "producer", {11, 11, 1});
  made.resume_ms = 50;
  CHECK(in_words(made) == "stop producer for 50 ms at the 11th operation");
  made = fault(Fault::Action::close, "producer", {22, 22, 1});
  made.channel = "work";
  CHECK(in_words(made) == "close work at producer at the 22nd operation");
  made.action = Fault::Action::fill;
  CHECK(in_words(made) == "fill work before anybody receives");
}

TEST_CASE("storms in words") {
  Fault made = fault(Fault::Action::storm);
  made.signal = SIGUSR1;
  CHECK(in_words(made) == "storm of SIGUSR1 at all");
  made.signal = SIGSTOP;
  CHECK(in_words(made) == "storm of SIGSTOP at all");
  made.signal = SIGRTMIN + 3;
  made.when = {101, 101, 1};
  made.call = "send";
  CHECK(in_words(made) == "storm of SIGRTMIN+3 at all at the 101st send");
  made.signal = SIGRTMIN;
  CHECK(in_words(made) == "storm of SIGRTMIN at all at the 101st send");
}

TEST_CASE("faults at calls in words") {
  Fault made = fault(Fault::Action::error, "worker", {5, 5, 1});
  made.error = EMFILE;
  made.call = "open";
  CHECK(in_words(made) == "EMFILE at worker at the 5th open");
  made = fault(Fault::Action::shorten);
  made.call = "read";
  CHECK(in_words(made) == "short transfer at all at any read");
  made = fault(Fault::Action::interrupt, "all", {2, UINT64_MAX, 1});
  made.call = "blocked";
  made.signal = SIGUSR2;
  CHECK(in_words(made) == "interrupt by SIGUSR2 at all from the 2nd call that waits on");
  made = fault(Fault::Action::delay);
  CHECK(in_words(made) == "delay at all at any call");
  made.point = "ipc/pipe/write";
  CHECK(in_words(made) == "delay at all at any passage of ipc/pipe/write");
  made = fault(Fault::Action::error);
  made.point = "mine";
  CHECK(in_words(made) == "failure at all at any passage of mine");
  made = fault(Fault::Action::clock, "all", {1, 1, 1});
  made.jump_ms = -30'000;
  CHECK(in_words(made) == "clock jump of -30000 ms at all at the 1st call");
  made = fault(Fault::Action::spurious);
  made.call = "pthread_cond_wait";
  CHECK(in_words(made) == "spurious wake-up at all at any pthread_cond_wait");
}

TEST_CASE("ranges and steps in words") {
  Fault made = fault(Fault::Action::delay);
  made.when = {3, 9, 1};
  CHECK(in_words(made) == "delay at all from the 3rd to the 9th call");
  made.when = {3, UINT64_MAX, 2};
  CHECK(in_words(made) == "delay at all at every 2nd call from the 3rd on");
  made.when = {3, UINT64_MAX, 1};
  CHECK(in_words(made) == "delay at all from the 3rd call on");
  made.when = {1, UINT64_MAX, 3};
  CHECK(in_words(made) == "delay at all at every 3rd call from the 1st on");
}
