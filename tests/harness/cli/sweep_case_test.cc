// A sweep of the processes of a scenario: what is wrong after a fault, and what is not.
#include "harness/cli/sweep_case.h"

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/cli/fixture.h"

#include <fmt/format.h>

#include <csignal>

using namespace squall;
using namespace squall::tests;
using history::Exit;

namespace {

/// Two processes that ended so.
history::Evidence ended(Exit first, Exit second) {
  history::Evidence evidence;
  for (const Exit& exit : {first, second}) {
    history::ProcessEvidence process;
    process.role = evidence.processes.empty() ? "first" : "second";
    process.exit = exit;
    evidence.processes.push_back(process);
  }
  return evidence;
}

sweep::Outcome judged(const history::Evidence& evidence) {
  sweep::Outcome outcome;
  cli::judge_trial(evidence, 0, outcome);
  return outcome;
}

/// Whether it is wrong even after a fault that cannot be retried.
bool is_always_wrong(const sweep::Outcome& outcome) {
  return outcome.status == 0 && !outcome.verdict.empty();
}

constexpr Exit good{Exit::Kind::exited, 0}, error{Exit::Kind::exited, 1}, still_there{};

Exit killed_by(int signal) { return {Exit::Kind::signaled, signal}; }

void write_scenario(const Scratch& scratch, const std::string& filter, const std::string& more = "") {
  write_text(scratch / "filter.yaml", fmt::format("squall: 1\n"
                                                  "name: filter\n"
                                                  "about: A filter stands between a sender and a receiver.\n"
                                                  "processes:\n"
                                                  "  sender: {{does: send, messages: 5}}\n"
                                                  "  filter: {{run: [{}, {}], stdin: in, stdout: out}}\n"
                                                  "  receiver: {{does: receive}}\n"
                                                  "channels:\n"
                                                  "  in: {{from: sender, to: filter, transport: pipe}}\n"
                                                  "  out: {{from: filter, to: receiver, transport: pipe}}\n"
                                                  "expect: [exactly-once, intact, ends-within 5s]\n{}",
                                                  SQUALL_SWEPT, filter, more));
}

Said swept(const Scratch& scratch, const std::string& filter, const std::string& options = "") {
  write_scenario(scratch, filter);
  return squall_in(scratch.path(), "sweep filter.yaml -q " + options, 120 * second_ns);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("an error is no crash, and what others lack after it is nobody's fault") {
  CHECK(judged(ended(good, good)).verdict == "");
  for (const Exit& exit : {error, killed_by(SIGPIPE)}) {
    CHECK_FALSE(is_always_wrong(judged(ended(exit, good))));
    CHECK(has(judged(ended(exit, good)).verdict, "clean-exit: first[0]"));
    CHECK_FALSE(is_always_wrong(judged(ended(good, exit))));
  }
  CHECK(is_always_wrong(judged(ended(killed_by(SIGSEGV), good))));
  CHECK(is_always_wrong(judged(ended(error, killed_by(SIGABRT)))));
}

TEST_CASE("who waits for a process that ended with an error may wait, who met the fault may not") {
  history::Evidence other_waits = ended(error, still_there), itself_waits = ended(still_there, error),
                    all_wait = ended(still_there, still_there);
  other_waits.stuck = {{1, "", ""}};
  itself_waits.stuck = {{0, "", ""}};
  all_wait.stuck = {{0, "", ""}, {1, "", ""}};
  CHECK_FALSE(is_always_wrong(judged(other_waits)));
  CHECK(is_always_wrong(judged(itself_waits)));
  CHECK(is_always_wrong(judged(all_wait)));
  other_waits.processes[0].exit = good;
  CHECK(is_always_wrong(judged(other_waits)));
}

TEST_CASE("what is left behind is wrong after an error too") {
  history::Evidence evidence = ended(error, good);
  evidence.leaks = {{"queue", "/left"}};
  CHECK(is_always_wrong(judged(evidence)));
  CHECK(has(judged(evidence).verdict, "/left"));
}

TEST_CASE("a sweep of a scenario finds what its checkers object to, where it was made") {
  const Scratch scratch;
  const Said careless = swept(scratch, "copies-carelessly");
  INFO(careless.out << careless.err);
  CHECK(careless.status == 1);
  CHECK(has(careless.out, "open: EMFILE, occurrence 1, in (anonymous namespace)::copies(bool)"));
  CHECK(has(careless.out, "exactly-once: message 1 of sender[0]"));
  CHECK(has(careless.out, "receiver[0]\n"));
}

TEST_CASE("a sweep says in which words the scenario shows the finding again") {
  const Scratch scratch;
  const std::string again = "in the scenario:  ";
  std::string fault = swept(scratch, "copies-carelessly").out;
  REQUIRE(has(fault, again));
  fault = fault.substr(fault.find(again) + again.size());
  fault = fault.substr(0, fault.find('\n') + 1);
  INFO(fault);
  write_scenario(scratch, "copies-carelessly", fault);
  const Said said = squall_in(scratch.path(), "run filter.yaml", 60 * second_ns);
  CHECK(said.status == 1);
  CHECK(has(said.out, "exactly-once"));
}

TEST_CASE(
    "a sweep of a command tells findings once that differ in their occurrence, and how to search for them") {
  const Scratch scratch;
  const std::string command = SQUALL_SWEPT " reads-once";
  const Said said = squall_in(scratch.path(), "sweep --time-limit 2s -- " + command, 60 * second_ns);
  INFO(said.out << said.err);
  CHECK(said.status == 1);
  CHECK(has(said.out, "read: short, occurrence 1"));
  CHECK(has(said.out, "\n  under control:  squall explore --fault '{short: read}' -- " + command + '\n'));
  const Said found =
      squall_in(scratch.path(), "explore --runs 500 --fault '{short: read}' -- " + command, 60 * second_ns);
  INFO(found.out << found.err);
  CHECK(found.status == 1);
}

TEST_CASE("a sweep of a scenario does not accuse who takes every fault well, beside others and alone") {
  const Scratch scratch;
  for (const char* options : {"-j 1", "-j 3"}) {
    const Said careful = swept(scratch, "copies-carefully", options);
    INFO(careful.out << careful.err);
    CHECK(careful.status == 0);
    CHECK_FALSE(has(careful.out, "note:"));
  }
}

TEST_CASE("a scenario that fails by itself is not swept, and says how it fails") {
  const Scratch scratch;
  const Said said = swept(scratch, "no-such-thing");
  CHECK(said.status == 4);
  CHECK(has(said.err, "without any fault: clean-exit: filter[0] exited with status 99"));
}
