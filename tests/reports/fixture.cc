#include "tests/reports/fixture.h"

#include <fmt/core.h>

#include <csignal>

namespace squall::tests {

using namespace squall::reports;
using checkers::Verdict;
using history::Exit;

namespace {

CaseResult case_of(const std::string& scenario, const std::string& transport, Outcome outcome,
                   std::uint64_t duration_ms) {
  CaseResult result;
  result.scenario = scenario;
  result.file = "scenarios/conformance/" + scenario + ".yaml";
  result.line = 2;
  result.transport = transport;
  result.seed = 42;
  result.outcome = outcome;
  result.duration_ns = duration_ms * 1000000;
  result.operations = 4000;
  result.command = fmt::format("squall run {} -t {} --seed 42", result.file, transport);
  result.evidence.scenario = scenario;
  result.evidence.transport = transport;
  result.evidence.seed = 42;
  result.evidence.expect = {"exactly-once", "fifo-per-producer", "no-leaks"};
  result.evidence.processes = {{"producer", 0, 4711, false, {Exit::Kind::exited, 0}, {}, false, 7, 7, ""},
                               {"producer", 1, 4712, false, {Exit::Kind::exited, 0}, {}, false, 7, 7, ""},
                               {"consumer", 0, 4713, false, {Exit::Kind::exited, 0}, {}, false, 6, 6, ""}};
  result.evidence.channels = {{"work", transport, 0, 16, {0, 1}, {2}, true}};
  result.evidence.start_ns = 1000000000;
  result.evidence.deadline_ns = 10000000000;
  return result;
}

void violate(CaseResult& result, const std::string& property, const std::string& witness) {
  result.verdict.kind = Verdict::Kind::invalid;
  result.verdict.violations.push_back({property, witness});
}

void doubt(CaseResult& result, const std::string& why) {
  result.verdict.kind = Verdict::Kind::unknown;
  result.verdict.unknown.push_back(why);
}

CaseResult left_out(const std::string& scenario, const std::string& transport, const std::string& reason) {
  CaseResult result = case_of(scenario, transport, Outcome::unsupported, 0);
  result.reason = reason;
  result.operations = 0;
  result.evidence.processes.clear();
  return result;
}

CaseResult lost_and_doubled() {
  CaseResult result = case_of("fan-in-under-storm", "shm-ring", Outcome::fail, 1204);
  violate(result, "exactly-once",
          "message 17 of producer[1] was received twice:\n"
          "  1.204 ms  consumer[0]  receive 17  ok\n"
          "  1.230 ms  consumer[0]  receive 17  ok");
  violate(result, "exactly-once", "message 18 of producer[1] was sent at 1.190 ms and never received");
  violate(
      result, "fifo-per-producer",
      "consumer[0] received message 20 of producer[1] at 1.301 ms and message 19, which was sent before it, "
      "only at 1.377 ms, although both had been sent before either receive began");
  result.evidence.rules = {"storm USR1 at all processes, 5 kHz", "kill producer[1] before its 5th send"};
  for (unsigned i = 0; i < 5123; ++i)
    result.evidence.fired.push_back({0, i % 3, i, 1000000000 + i * 1000, "storm USR1"});
  result.evidence.fired.push_back({1, 1, 5, 1002000000, "kill producer[1] before its 5th send"});
  result.evidence.processes[1].exit = {Exit::Kind::signaled, SIGKILL};
  result.evidence.processes[1].felled = true;
  result.evidence.notes = {
      "the memory order of shm-ring is the machine's: x86-64 reorders stores after loads only"};
  result.directory = ".squall/runs/20261123T102718-7f3a/fan-in-under-storm.shm-ring";
  return result;
}

CaseResult hang_with_leaks() {
  CaseResult result = case_of("rendezvous", "fifo", Outcome::fail, 10000);
  violate(result, "ends-within", "the deadline of 10 s passed with 2 of 3 processes alive");
  violate(result, "no-leaks", "a fifo and a segment outlived the case");
  result.evidence.stuck = {{0, "in open(O_WRONLY) of channel work, a fifo", "consumer[0] to open it"},
                           {2, "running in user space", ""}};
  result.evidence.processes[0].exit = {Exit::Kind::running, 0};
  result.evidence.processes[2].exit = {Exit::Kind::signaled, SIGABRT};
  result.evidence.processes[2].complaint = "consumer: assertion failed: n > 0\nAborted";
  result.evidence.leaks = {{"fifo", "/tmp/squall-7f3a-work, left by producer[0]"},
                           {"segment", "/squall-7f3a-ring"},
                           {"descriptor", "5 of producer[1], a pipe"}};
  result.evidence.channels[0].drained = false;
  result.directory = ".squall/runs/20261123T102718-7f3a/rendezvous.fifo";
  return result;
}

CaseResult hostile() {
  CaseResult result = case_of("hostile<text>&\"quotes\"", "posix-mq", Outcome::fail, 3);
  result.file = "scenarios/odd, names: 100%.yaml";
  violate(result, "intact",
          std::string("control \x01\x1b[2J bytes, a NUL \0 and DEL \x7f\r\n", 40) +
              "invalid \xff\xc0\xaf UTF-8, a cut \xe2\x82 one, a surrogate \xed\xa0\x80\n"
              "a\ttab, ]]> and <markup a=\"b\"> & \xe2\x82\xac\n"
              "right to left \xe2\x80\xae gnissim, not a character \xef\xbf\xbf\n"
              "::error::not a command");
  result.evidence.processes[0].role = "wri\nter";
  result.evidence.processes[0].complaint = "\x1b]0;title\x07was here";
  result.evidence.processes[0].exit = {Exit::Kind::exited, 3};
  return result;
}

CaseResult inconclusive() {
  CaseResult result = case_of("fan-in-under-storm", "pipe", Outcome::unknown, 512);
  result.reason = "rule 2 never fired: interrupt of a blocked call at producer, when 3+5";
  doubt(result, result.reason);
  doubt(result,
        "the history of channel work is incomplete: consumer[0] was killed before it recorded anything");
  return result;
}

CaseResult broken() {
  CaseResult result = case_of("priority-order", "posix-mq", Outcome::broken, 1);
  result.reason = "mq_open: Too many open files";
  result.evidence.processes.clear();
  result.operations = 0;
  return result;
}

CaseResult not_found() {
  CaseResult result = case_of("broken-lost-update", "shm-mutex", Outcome::fail, 80);
  result.reason = "a violation of linearizable must be found here, and none was";
  return result;
}

RunResult run_with(std::vector<CaseResult> cases, std::uint64_t duration_ms) {
  RunResult run;
  run.id = "20261123T102718-7f3a";
  run.seed = 42;
  run.started = "2026-11-23T10:27:18.123Z";
  run.host = "anvil";
  run.duration_ns = duration_ms * 1000000;
  run.cases = std::move(cases);
  return run;
}

}  // namespace

RunResult run_of_everything() {
  CaseResult stormy = case_of("fan-in-under-storm", "tcp", Outcome::pass, 48);
  stormy.evidence.rules = {"short read at consumer, probability 0.3"};
  stormy.evidence.fired = {{0, 2, 7, 1000417000, "shorten consumer[0]'s 7th read from 4096 to 11 bytes"}};
  return run_with(
      {stormy, inconclusive(), lost_and_doubled(), case_of("rendezvous", "pipe", Outcome::pass, 4),
       hang_with_leaks(), hostile(), broken(), not_found(),
       left_out("priority-order", "pipe", "pipe carries no priorities"),
       left_out("priority-order", "tcp", "tcp carries no priorities"),
       left_out("fan-out", "signal-queue",
                "this kernel grants no user namespace, and the scenario needs one"),
       left_out("fan-out", "eventfd", "this kernel grants no user namespace, and the scenario needs one"),
       left_out("rendezvous", "eventfd", "this kernel grants no user namespace, and the scenario needs one")},
      14234);
}

RunResult run_of_repetitions() {
  std::vector<CaseResult> cases;
  for (unsigned i = 1; i <= 20; ++i) {
    cases.push_back(case_of("fan-in", "pipe", Outcome::pass, 10 + i));
    cases.push_back(case_of("fan-in", "shm-ring", i % 5 == 3 ? Outcome::fail : Outcome::pass, 20 + i));
    if (cases.back().outcome == Outcome::fail)
      violate(cases.back(), "exactly-once", fmt::format("message {} of producer[0] was never received", i));
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    cases[i].repetition = static_cast<unsigned>(i / 2 + 1);
    cases[i].seed = 42 + i / 2;
    cases[i].command =
        fmt::format("squall run {} -t {} --seed {}", cases[i].file, cases[i].transport, cases[i].seed);
  }
  return run_with(std::move(cases), 940);
}

RunResult run_of_passes() {
  return run_with(
      {case_of("fan-in", "pipe", Outcome::pass, 12), case_of("fan-in", "unix-stream", Outcome::pass, 9),
       case_of("rendezvous", "pipe", Outcome::pass, 3),
       case_of("rendezvous", "unix-stream", Outcome::pass, 61042)},
      61300);
}

RunResult run_of_failures(std::size_t count) {
  std::vector<CaseResult> cases;
  for (std::size_t i = 1; i <= count; ++i) {
    cases.push_back(case_of(fmt::format("scenario-{}", i), "pipe", Outcome::fail, i));
    violate(cases.back(), "exactly-once", "message 1 of producer[0] was never received");
  }
  return run_with(std::move(cases), 100);
}

RunResult run_of_many() {
  const std::vector<std::string> transports = {
      "pipe",      "fifo",    "unix-stream",  "unix-dgram", "unix-seqpacket",     "tcp",
      "posix-mq",  "sysv-mq", "signal-queue", "shm-mutex",  "shm-ring",           "shm-fork",
      "mmap-file", "eventfd", "memfd",        "zmq-ipc",    "boost-message-queue"};
  const std::vector<std::string> subjects = {
      "fan-in",  "fan-out", "ping-pong",     "priority",
      "restart", "storm",   "killed-writer", "a-name-that-is-longer-than-all-the-others"};
  std::vector<CaseResult> cases;
  for (std::size_t i = 0; i < 24; ++i) {
    for (std::size_t j = 0; j < transports.size(); ++j) {
      const std::string scenario = fmt::format("{}-{}", subjects[i % 8], i / 8 + 1);
      if ((i * 7 + j * 3) % 5 == 0) {
        cases.push_back(left_out(scenario, transports[j], "the transport does not have many-readers"));
      } else {
        cases.push_back(case_of(scenario, transports[j], Outcome::pass, i * j));
      }
    }
  }
  return run_with(std::move(cases), 3723000);
}

}  // namespace squall::tests
