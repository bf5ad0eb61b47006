// Faults at calls and storms, in whole cases.
#include "tests/harness/engine/carried_out.h"

#include <csignal>
#include <regex>

using namespace squall;
using namespace squall::tests;
using history::Call;
using history::Evidence;
using history::Status;
using scenario::Fault;
using scenario::Scenario;

namespace {

Fault storm_of(int signal, std::uint32_t rate_hz) {
  Fault storm;
  storm.action = Fault::Action::storm;
  storm.at = "all";
  storm.signal = signal;
  storm.rate_hz = rate_hz;
  return storm;
}

Fault at_calls(Fault::Action action, const std::string& call) {
  Fault fault;
  fault.action = action;
  fault.at = "all";
  fault.call = call;
  fault.signal = SIGUSR1;
  return fault;
}

Scenario pair_in(const Fault& fault, std::uint64_t messages) {
  Scenario scenario = pair_of(messages);
  scenario.deadline_ms = 60'000;  // a slow machine is no finding
  scenario.faults = {fault};
  return scenario;
}

/// In a scenario that goes on for a quarter of a second and more, so that a storm comes however busy the
/// machine is: the first sender pauses a hundred times.
Scenario lasting(Scenario scenario) {
  Fault pause = at_calls(Fault::Action::delay, "write");
  pause.at = scenario.processes[0].role;
  const std::uint64_t every = scenario.processes[0].messages.value() / 100;
  pause.when = {every, UINT64_MAX, every};
  pause.delay_ns = {2'500'000, 2'500'000};
  scenario.faults.push_back(pause);
  return scenario;
}

/// The number before these words, in what is told of a storm in a process.
double told(const Evidence& evidence, unsigned process, const std::string& words) {
  std::smatch found;
  for (const history::Fired& fired : evidence.fired)
    if (fired.rule == 0 && fired.process == process &&
        std::regex_search(fired.text, found, std::regex("(\\d+) " + words)))
      return std::stod(found[1]);
  return -1;
}

void expect_all_of(const Evidence& evidence, std::uint64_t messages) {
  INFO(evidence.broken);
  CHECK(evidence.broken.empty());
  CHECK(evidence.stuck.empty());
  for (unsigned process = 0; process < evidence.processes.size(); ++process)
    CHECK(ended_well(evidence, process));
  const auto receiver = static_cast<unsigned>(evidence.processes.size() - 1);
  CHECK(count(evidence, receiver, Call::receive, Status::ok) == static_cast<long>(messages));
}

}  // namespace

TEST_CASE("a storm comes at the rate that was asked for, arrives in handlers, and costs nothing") {
  double slowest = 0;
  // Beside a loaded machine a storm may be later than is made up for: one of a few must keep its rate.
  for (int attempt = 0; attempt < 8 && slowest < 8'000; ++attempt) {
    const Evidence evidence = carried_out(lasting(pair_in(storm_of(SIGUSR1, 20'000), 30'000)));
    expect_all_of(evidence, 30'000);
    for (unsigned process : {0u, 1u}) {
      CAPTURE(process, told(evidence, process, "sent"));
      CHECK(told(evidence, process, "sent") > 50);
      CHECK(told(evidence, process, "handled") > 10);
      CHECK(told(evidence, process, "handled") <= told(evidence, process, "sent"));
      CHECK(told(evidence, process, "a second") <= 25'000);
      CHECK(told(evidence, process, "a second") >= 400);
    }
    slowest = std::min(told(evidence, 0, "a second"), told(evidence, 1, "a second"));
  }
  CHECK(slowest >= 8'000);
}

TEST_CASE("slow storms keep their rate too") {
  const Evidence evidence = carried_out(lasting(pair_in(storm_of(SIGUSR1, 200), 200)));
  expect_all_of(evidence, 200);
  CHECK(evidence.duration_ns >= 250'000'000);
  CHECK(told(evidence, 1, "a second") >= 80);
  CHECK(told(evidence, 1, "a second") <= 250);
}

TEST_CASE("a storm is not sent to a process that does not handle it") {
  Scenario scenario = filter_of(20'000);
  scenario.faults = {storm_of(SIGUSR1, 20'000)};
  const Evidence evidence = carried_out(lasting(scenario));
  expect_all_of(evidence, 20'000);
  CHECK(told(evidence, 0, "sent") > 0);
  CHECK(told(evidence, 1, "sent") == -1);
}

TEST_CASE("a program that handles the signal is in the storm") {
  Scenario scenario = pair_of(3);
  scenario.processes.push_back(program("trapper", {"sh", "-c", "trap 'exit 7' USR2; while :; do :; done"}));
  scenario.processes[2].exits = {7};
  scenario.faults = {storm_of(SIGUSR2, 1'000)};
  const Evidence evidence = carried_out(scenario);
  CHECK(evidence.stuck.empty());
  CHECK(evidence.processes.at(2).exit.value == 7);
  CHECK(told(evidence, 2, "sent") > 0);
}

TEST_CASE("a storm of real-time signals is queued: none is lost while its process lives") {
  const Evidence evidence = carried_out(lasting(pair_in(storm_of(SIGRTMIN + 15, 5'000), 20'000)));
  expect_all_of(evidence, 20'000);
  CHECK(told(evidence, 1, "handled") > 0);
  CHECK(told(evidence, 1, "not taken before its end") < told(evidence, 1, "sent") / 2 + 16);
}

TEST_CASE("a storm of stops stops, and leaves nobody stopped") {
  Scenario scenario = filter_of(10'000);
  scenario.faults = {storm_of(SIGSTOP, 300)};
  const Evidence evidence = carried_out(lasting(scenario));
  expect_all_of(evidence, 10'000);
  CHECK(evidence.leaks.empty());
  for (unsigned process : {0u, 1u, 2u}) CHECK(told(evidence, process, "sent") > 0);
}

TEST_CASE("who hangs in a storm of stops is found where it waits, not stopped") {
  Scenario scenario;
  scenario.name = "deaf";
  scenario.deadline_ms = 600;
  scenario.processes = {role("asks", 1, "request"), role("listens", 1, "receive")};
  scenario.channels = {channel("question", {"asks"}, {"listens"}), channel("answer", {"listens"}, {"asks"})};
  scenario.faults = {storm_of(SIGSTOP, 100)};
  const Evidence evidence = carried_out(scenario);
  REQUIRE(evidence.stuck.size() == 2);
  for (const history::Stuck& stuck : evidence.stuck) {
    INFO(stuck.where);
    CHECK_FALSE(contains(stuck.where, "stopped"));
  }
}

TEST_CASE("a storm that an operation triggers begins there") {
  Fault storm = storm_of(SIGUSR1, 5'000);
  storm.at = "receiver";
  storm.call = "receive";
  storm.when = {5'000, 5'000, 1};
  const Evidence evidence = carried_out(lasting(pair_in(storm, 30'000)));
  expect_all_of(evidence, 30'000);
  const auto is_storm = [](const history::Fired& one) { return one.rule == 0; };
  REQUIRE(std::ranges::count_if(evidence.fired, is_storm) == 1);
  const auto begun = std::ranges::find_if(evidence.fired, is_storm);
  CHECK(begun->process == 1);
  const history::Operation* at = nullptr;
  std::uint64_t received = 0;
  for (const history::Operation& operation : evidence.operations)
    if (operation.process == 1 && operation.call == Call::receive && ++received == 4'999) at = &operation;
  REQUIRE(at != nullptr);
  CHECK(begun->time_ns >= at->return_ns);
}

TEST_CASE("signals that are held come in between operations, and nothing is lost") {
  Fault storm = storm_of(SIGUSR1, 20'000);
  storm.hold = 50;
  const Evidence evidence = carried_out(lasting(pair_in(storm, 5'000)));
  expect_all_of(evidence, 5'000);
  CHECK(told(evidence, 0, "handled") > 0);
  CHECK(told(evidence, 0, "handled") < told(evidence, 0, "sent") / 4);  // the others met one that was held
}

TEST_CASE("storms strike each thread, the first, or the process") {
  for (const scenario::Threads threads :
       {scenario::Threads::process, scenario::Threads::first, scenario::Threads::all}) {
    Fault storm = storm_of(SIGUSR1, 10'000);
    storm.threads = threads;
    storm.burst = 5;
    const Evidence evidence = carried_out(lasting(pair_in(storm, 5'000)));
    expect_all_of(evidence, 5'000);
    CHECK(told(evidence, 1, "handled") > 0);
  }
}

TEST_CASE("every kind of fault at calls happens, is told, and harms nobody") {
  for (const auto& [action, call] :
       {std::pair(Fault::Action::interrupt, "blocked"), std::pair(Fault::Action::delay, ""),
        std::pair(Fault::Action::shorten, "read")}) {
    Scenario scenario = pair_in(at_calls(action, call), 2'000);
    Fault writer_is_late = at_calls(Fault::Action::delay, "write");  // who reads has to block
    writer_is_late.when = {100, UINT64_MAX, 100};
    writer_is_late.delay_ns = {1'000'000, 1'000'000};
    scenario.faults.push_back(writer_is_late);
    const Carried carried = carried_out_and_logged(scenario, "tcp");
    expect_all_of(carried.evidence, 2'000);
    const auto& fired = carried.evidence.fired;
    CHECK(std::any_of(fired.begin(), fired.end(), [](const history::Fired& one) { return one.rule == 0; }));
    CHECK_FALSE(carried.decisions.empty());
  }
}

TEST_CASE("a rule about one process is no rule for the others") {
  Fault delay = at_calls(Fault::Action::delay, "write");
  delay.at = "sender";
  delay.when = {3, 7, 2};
  const Carried carried = carried_out_and_logged(pair_in(delay, 100));
  expect_all_of(carried.evidence, 100);
  REQUIRE(carried.evidence.fired.size() == 1);
  CHECK(carried.evidence.fired[0].operation == 3);
  CHECK(contains(carried.evidence.fired[0].text, "(sender[0], 3 of 100 occurrences)"));
  CHECK(std::count(carried.decisions.begin(), carried.decisions.end(), '\n') == 3);
}

TEST_CASE("a point that fails, and one that is held up, are passages that are counted") {
  Scenario scenario = pair_of(50);
  Fault delay = at_calls(Fault::Action::delay, "");
  delay.point = "ipc/pipe/read";
  delay.when = {2, 4, 1};
  scenario.faults = {delay};
  for (const bool fork : {false, true}) {
    scenario.fork = fork;
    const Carried carried = carried_out_and_logged(scenario);
    expect_all_of(carried.evidence, 50);
    REQUIRE(carried.evidence.fired.size() == 1);
    CHECK(carried.evidence.fired[0].process == 1);
    CHECK(carried.evidence.fired[0].operation == 2);
    CHECK(contains(carried.decisions, "\"call\":\"point\""));
  }
}
