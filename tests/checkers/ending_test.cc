#include "tests/checkers/history_builder.h"

namespace squall::tests {
namespace {

TEST_CASE("a case in which everybody ends well is valid") {
  HistoryBuilder history;
  history.process("producer");
  for (const char* property : {"no-hang", "clean-exit", "no-leaks", "faults-fired"})
    CHECK(judged(property, history.evidence()).valid());
}

TEST_CASE("a hang is told as who waits where for whom, one line each") {
  HistoryBuilder history;
  const unsigned producer = history.process("producer", 1), consumer = history.process("consumer");
  history.hang(producer, "in write(4) on channel work, a pipe", "consumer[0] to read");
  history.hang(consumer, "in read(5) on channel back, a pipe", "");
  const Judgement judgement = judged("no-hang", history.evidence());
  REQUIRE(judgement.violations.size() == 1);
  CHECK(judgement.violations[0].witness ==
        "2 processes did not end within 10.0 s\n"
        "  producer[1] is in write(4) on channel work, a pipe, waiting for consumer[0] to read\n"
        "  consumer[0] is in read(5) on channel back, a pipe");
}

TEST_CASE("an exit that the plan does not call clean is told with what the process said") {
  HistoryBuilder history;
  const unsigned consumer = history.process("consumer");
  history.raw().processes[consumer].exit = {Exit::Kind::exited, 3};
  history.raw().processes[consumer].complaint = "read: Input/output error\n";
  const Judgement judgement = judged("clean-exit", history.evidence());
  REQUIRE(judgement.invalid());
  CHECK(judgement.violations[0].witness ==
        "consumer[0] exited with status 3 where status 0 was expected; it said:\n  read: Input/output error");
}

TEST_CASE("a fatal signal is told by its name") {
  HistoryBuilder history;
  history.raw().processes[history.process("consumer")].exit = {Exit::Kind::signaled, 11};
  CHECK(judged("clean-exit", history.evidence())
            .says("consumer[0] was killed by SIGSEGV (Segmentation fault)"));
}

TEST_CASE("expected statuses and signals are clean, and nothing else is then") {
  HistoryBuilder history;
  const unsigned writer = history.process("writer");
  history.raw().processes[writer].expected = {1, -13};
  history.raw().processes[writer].exit = {Exit::Kind::signaled, 13};
  CHECK(judged("clean-exit", history.evidence()).valid());
  history.raw().processes[writer].exit = {Exit::Kind::exited, 1};
  CHECK(judged("clean-exit", history.evidence()).valid());
  history.raw().processes[writer].exit = {Exit::Kind::exited, 0};
  CHECK(judged("clean-exit", history.evidence()).says("status 1 or SIGPIPE was expected"));
}

TEST_CASE("a process that a fault felled may end in any way") {
  HistoryBuilder history;
  history.kill(history.process("producer"), 10);
  CHECK(judged("clean-exit", history.evidence()).valid());
}

TEST_CASE("a process that hung was ended by force: its exit says nothing") {
  HistoryBuilder history;
  history.hang(history.process("producer"), "in futex", "");
  CHECK(judged("clean-exit", history.evidence()).valid());
}

TEST_CASE("a process that still runs leaves its exit unknown") {
  HistoryBuilder history;
  history.raw().processes[history.process("producer")].exit = {};
  CHECK(judged("clean-exit", history.evidence()).undecided());
}

TEST_CASE("what outlives the case is a leak") {
  HistoryBuilder history;
  const unsigned consumer = history.process("consumer");
  history.raw().leaks.push_back({"queue", "/squall-4f2a-work, left by consumer[0]"});
  history.raw().processes[consumer].descriptors_before = 7;
  history.raw().processes[consumer].descriptors_after = 9;
  const Judgement judgement = judged("no-leaks", history.evidence());
  CHECK(judgement.says("a queue was left behind: /squall-4f2a-work, left by consumer[0]"));
  CHECK(judgement.says("consumer[0] leaked 2 descriptors: 7 were open before its work, 9 after it"));
}

TEST_CASE("unknown numbers of descriptors are no leak") {
  HistoryBuilder history;
  const unsigned consumer = history.process("consumer");
  history.raw().processes[consumer].descriptors_after = 9;
  CHECK(judged("no-leaks", history.evidence()).valid());
}

TEST_CASE("a fault that never happened leaves the case undecided") {
  HistoryBuilder history;
  history.kill(history.process("producer"), 10);
  CHECK(judged("faults-fired", history.evidence()).valid());
  history.raw().rules.push_back("kill consumer[0] before its 5th receive");
  CHECK(judged("faults-fired", history.evidence()).undecided());
  CHECK(judged("faults-fired", history.evidence()).says("kill consumer[0] before its 5th receive"));
}

}  // namespace
}  // namespace squall::tests
