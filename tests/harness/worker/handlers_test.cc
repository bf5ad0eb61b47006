// Which handlers a worker installs for the plan's storms and interrupts, and which it leaves alone.
#include "tests/harness/worker/handlers.h"

#include "tests/harness/engine/carried_out.h"

#include <csignal>

using namespace squall;
using namespace squall::tests;
using scenario::Fault;

namespace {

Fault fault(Fault::Action action) {
  Fault made;
  made.action = action;
  made.at = "probe";
  made.signal = SIGUSR1;
  made.rate_hz = 100;
  if (action == Fault::Action::interrupt) made.call = "blocked";
  return made;
}

/// What a program that has done `before` and then attaches finds.
int found_with(const std::vector<Fault>& faults, const std::string& before = "") {
  scenario::Scenario scenario;
  scenario.name = "probe";
  scenario.processes = {program("probe", {SQUALL_BINARY_DIR "/bin/worker_handlers_probe", before})};
  scenario.processes[0].peer = true;
  scenario.faults = faults;
  const history::Evidence evidence = carried_out(scenario);
  INFO(evidence.broken);
  CHECK(evidence.broken.empty());
  CHECK(evidence.processes.at(0).exit.kind == history::Exit::Kind::exited);
  CHECK(evidence.processes.at(0).exit.value >= told);
  return evidence.processes.at(0).exit.value & ~told;
}

}  // namespace

TEST_CASE("without a fault that sends a signal nothing is handled") {
  CHECK(found_with({}) == 0);
  CHECK(found_with({fault(Fault::Action::delay)}) == 0);
  CHECK(found_with({}, "own") == (handled | own));
}

TEST_CASE("storms and interrupts are handled, plainly unless they say otherwise") {
  for (const Fault::Action action : {Fault::Action::storm, Fault::Action::interrupt}) {
    Fault plain = fault(action), restarted = plain, deep = plain;
    restarted.restart = true;
    deep.nodefer = true;
    CHECK(found_with({plain}) == handled);
    CHECK(found_with({restarted}) == (handled | restarting));
    CHECK(found_with({deep}) == (handled | nested));
  }
}

TEST_CASE("a signal that is held is blocked between the windows") {
  Fault storm = fault(Fault::Action::storm);
  storm.hold = 8;
  storm.restart = storm.nodefer = true;
  CHECK(found_with({storm}) == (handled | restarting | nested | held));
  CHECK(found_with({fault(Fault::Action::interrupt), storm}) == (handled | held));
}

TEST_CASE("a program's own handler is kept, and its mask too") {
  Fault storm = fault(Fault::Action::storm);
  storm.restart = storm.nodefer = true;
  CHECK(found_with({storm}, "own") == (handled | own));
  storm.hold = 8;
  CHECK(found_with({storm}, "own") == (handled | own));
}

TEST_CASE("a signal that the program ignores stays ignored") {
  Fault storm = fault(Fault::Action::storm);
  storm.hold = 8;
  CHECK(found_with({storm}, "ignore") == 0);
}

TEST_CASE("a storm of stops, and one over somebody else, need no handler") {
  Fault stops = fault(Fault::Action::storm), others = stops;
  stops.signal = SIGSTOP;
  others.at = "nobody";
  CHECK(found_with({stops}) == 0);
  CHECK(found_with({others}) == 0);
}
