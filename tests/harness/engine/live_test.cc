// The live engine on small plans, each carried out in a forked child, as the guardian would.
#include "tests/harness/engine/carried_out.h"

using namespace squall;
using namespace squall::tests;
using history::Call;
using history::Evidence;
using history::Exit;
using history::Status;
using scenario::Fault;
using scenario::Scenario;

namespace {

Scenario with(Fault::Action action, const std::string& at, std::uint64_t nth, std::uint64_t messages = 50) {
  Scenario scenario = pair_of(messages);
  Fault fault;
  fault.action = action;
  fault.at = at;
  fault.when = {nth, nth, 1};
  fault.resume_ms = 30;
  if (action == Fault::Action::close || action == Fault::Action::fill) fault.channel = "work";
  scenario.faults = {fault};
  return scenario;
}

}  // namespace

TEST_CASE("a pair on a pipe sends and receives everything and leaves nothing") {
  const Evidence evidence = carried_out(pair_of(40));
  INFO(evidence.broken);
  CHECK(evidence.broken.empty());
  CHECK(evidence.stuck.empty());
  CHECK(evidence.fired.empty());
  CHECK(evidence.leaks.empty());
  CHECK(ended_well(evidence, 0));
  CHECK(ended_well(evidence, 1));
  CHECK(count(evidence, 0, Call::send, Status::ok) == 40);
  CHECK(count(evidence, 1, Call::receive, Status::ok) == 40);
  CHECK(evidence.channels.at(0).drained);
  CHECK(evidence.start_ns > 0);
  for (const history::ProcessEvidence& process : evidence.processes)
    CHECK(process.descriptors_before == process.descriptors_after);
}

TEST_CASE("forked processes do the same") {
  Scenario scenario = pair_of(40);
  scenario.fork = true;
  const Evidence evidence = carried_out(scenario, "shm-fork");
  INFO(evidence.broken);
  CHECK(evidence.broken.empty());
  CHECK(count(evidence, 1, Call::receive, Status::ok) == 40);
  CHECK(ended_well(evidence, 1));
}

TEST_CASE("a hang says who waits in which call for whom") {
  Scenario scenario;
  scenario.name = "deaf";
  scenario.deadline_ms = 1000;
  scenario.processes = {role("asks", 1, "request"), role("listens", 1, "receive")};
  scenario.channels = {channel("question", {"asks"}, {"listens"}), channel("answer", {"listens"}, {"asks"})};
  const Evidence evidence = carried_out(scenario);
  REQUIRE(evidence.stuck.size() == 2);
  CHECK(contains(evidence.stuck[0].where, "asleep in read on pipe:["));
  CHECK(evidence.stuck[0].waits_for == "listens[0] to send on answer");
  CHECK(evidence.stuck[1].waits_for == "asks[0] to send on question");
  CHECK(evidence.processes[0].exit.kind == Exit::Kind::running);
  CHECK(evidence.leaks.empty());
}

TEST_CASE("a kill strikes once, before the operation, and what was sent is there") {
  const Evidence evidence = carried_out(with(Fault::Action::kill, "sender", 5));
  REQUIRE(evidence.fired.size() == 1);
  CHECK(evidence.fired[0].operation == 5);
  CHECK(evidence.fired[0].process == 0);
  CHECK(evidence.processes[0].felled);
  CHECK(evidence.processes[0].exit.kind == Exit::Kind::signaled);
  CHECK(evidence.processes[0].exit.value == SIGKILL);
  CHECK(count(evidence, 0, Call::send, Status::ok) == 4);
  CHECK(count(evidence, 1, Call::receive, Status::ok) == 4);
  CHECK(ended_well(evidence, 1));
}

TEST_CASE("a kill of somebody else strikes when the other's operation is due") {
  Scenario scenario = with(Fault::Action::kill, "receiver", 5);
  scenario.faults[0].of = "sender";
  const Evidence evidence = carried_out(scenario);
  REQUIRE(evidence.fired.size() == 1);
  CHECK(evidence.processes[1].felled);
  CHECK(evidence.processes[1].exit.value == SIGKILL);
  CHECK(ended_well(evidence, 0));
}

TEST_CASE("a fault that finds nobody alive has not happened") {
  Scenario scenario = pair_of(20);
  scenario.processes.push_back(program("late", {"true"}));
  Fault fault;
  fault.at = "late";
  fault.of = "receiver";
  fault.call = "receive";
  fault.when = {5, 5, 1};
  scenario.faults = {fault};
  scenario.processes[0].after = "late";
  const Evidence evidence = carried_out(scenario);
  CHECK(evidence.broken == "");
  for (const history::Fired& fired : evidence.fired) UNSCOPED_INFO(fired.text);
  CHECK(evidence.fired.empty());
}

TEST_CASE("a stop is noted once, and everything goes on after it") {
  const Evidence evidence = carried_out(with(Fault::Action::stop, "receiver", 5));
  REQUIRE(evidence.fired.size() == 1);
  CHECK(evidence.duration_ns >= 30'000'000);
  CHECK(count(evidence, 1, Call::receive, Status::ok) == 50);
  CHECK(ended_well(evidence, 1));
}

TEST_CASE("a close is noted once, and the other side learns of it") {
  const Evidence evidence = carried_out(with(Fault::Action::close, "receiver", 5, 5000));
  REQUIRE(evidence.fired.size() == 1);
  CHECK(count(evidence, 1, Call::receive, Status::ok) == 4);
  CHECK(count(evidence, 0, Call::send, Status::fail) == 1);
  CHECK(ended_well(evidence, 0));
  CHECK(ended_well(evidence, 1));
}

TEST_CASE("a fault that repeats is noted as often as it happens") {
  Scenario scenario = with(Fault::Action::stop, "sender", 1, 10);
  scenario.faults[0].when = {2, 9, 3};
  scenario.faults[0].resume_ms = 1;
  const Evidence evidence = carried_out(scenario);
  std::vector<std::uint64_t> operations;
  for (const history::Fired& fired : evidence.fired) operations.push_back(fired.operation);
  CHECK(operations == std::vector<std::uint64_t>{2, 5, 8});
}

TEST_CASE("a fill is noted once the channel is full, and everything arrives") {
  for (const char* transport : {"pipe", "unix-seqpacket", "posix-mq", "shm-ring"}) {
    INFO(transport);
    const Evidence evidence = carried_out(with(Fault::Action::fill, "", 1, 5000), transport);
    CHECK(evidence.broken == "");
    CHECK(evidence.fired.size() == 1);
    CHECK(count(evidence, 1, Call::receive, Status::ok) == 5000);
  }
}

TEST_CASE("a fill that never fills is not noted") {
  const Evidence evidence = carried_out(with(Fault::Action::fill, "", 1, 3));
  CHECK(evidence.fired.empty());
  CHECK(evidence.rules.size() == 1);
  CHECK(count(evidence, 1, Call::receive, Status::ok) == 3);
}

TEST_CASE("a process that comes after others starts when they have ended") {
  for (const char* transport : {"pipe", "posix-mq", "shm-ring"}) {
    INFO(transport);
    Scenario scenario = pair_of(3);
    scenario.processes[1].after = "sender";
    const Evidence evidence = carried_out(scenario, transport);
    CHECK(evidence.broken == "");
    CHECK(evidence.stuck.empty());
    CHECK(count(evidence, 1, Call::receive, Status::ok) == 3);
    REQUIRE_FALSE(evidence.operations.empty());
    CHECK(evidence.operations[2].process == 0);
  }
}

TEST_CASE("a program that cannot be started breaks the case, with the reason") {
  Scenario scenario = pair_of(3);
  scenario.processes.push_back(program("ghost", {"/no/such/program", "-x"}));
  const Evidence evidence = carried_out(scenario);
  CHECK(evidence.broken == "cannot start '/no/such/program': exec: No such file or directory");
  CHECK(evidence.stuck.empty());
}

TEST_CASE("a worker that cannot go on ends with 3 and breaks the case, with its last words") {
  Scenario scenario = pair_of(3);
  scenario.processes[0].does = "no-such-workload";
  scenario.deadline_ms = 3000;
  const Evidence evidence = carried_out(scenario);
  CHECK(evidence.processes[0].exit.value == 3);
  CHECK(evidence.broken == "sender[0]: there is no workload 'no-such-workload'");
}

TEST_CASE("a program between two pipes passes everything on and is judged end to end") {
  const Evidence evidence = carried_out(filter_of(20));
  INFO(evidence.broken);
  CHECK(evidence.broken.empty());
  CHECK(evidence.processes.at(1).program);
  CHECK(ended_well(evidence, 1));
  CHECK(evidence.channels.at(0).name == "before→behind");
  CHECK(count(evidence, 2, Call::receive, Status::ok) == 20);
  CHECK(evidence.channels.at(0).drained);
}

TEST_CASE("what a program says last is kept, and its status is its own") {
  Scenario scenario = pair_of(3);
  scenario.processes.push_back(program("complains", {"sh", "-c", "echo woe >&2; exit 7"}));
  const Evidence evidence = carried_out(scenario);
  CHECK(evidence.broken.empty());
  CHECK(evidence.processes.at(2).exit.value == 7);
  CHECK(evidence.processes.at(2).complaint == "woe");
}

TEST_CASE("what a program leaves behind is counted and removed") {
  Scenario scenario = pair_of(3);
  scenario.processes.push_back(
      program("litters", {"sh", "-c", "touch \"$0/dropped\"; sleep 1000 &", "${dir}"}));
  const Evidence evidence = carried_out(scenario);
  const auto has = [&](const std::string& kind, const std::string& part) {
    return std::any_of(evidence.leaks.begin(), evidence.leaks.end(), [&](const history::Leak& leak) {
      return leak.kind == kind && contains(leak.what, part);
    });
  };
  CHECK(has("file", "dropped"));
  CHECK(has("process", "(pid "));
}
