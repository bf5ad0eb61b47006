#include "tests/checkers/history_builder.h"

#include <csignal>

namespace squall::tests {
namespace {

struct Handlers : HistoryBuilder {
  unsigned server = process("server"), client = process("client", 1);

  void ran(int signal, std::uint64_t times, std::uint64_t spoiled = 0) {
    raw().handlers.push_back({server, static_cast<unsigned>(signal), times, 0, spoiled, 1000, 100, 1});
  }
  void called(const std::string& function, const std::string& interrupted, std::uint64_t times = 1) {
    raw().unsafe_calls.push_back({server, SIGUSR1, function, interrupted, times});
  }
  Judgement safe() const { return judged("async-signal-safe", evidence()); }
};

TEST_CASE("handlers that keep errno and call nothing are safe") {
  Handlers history;
  history.ran(SIGUSR1, 5);
  history.ran(SIGCHLD, 1);
  CHECK(history.safe().valid());
}

TEST_CASE("a handler that changes errno is named, with how often") {
  Handlers history;
  history.ran(SIGUSR1, 3);
  history.ran(SIGCHLD, 20, 7);
  const Judgement judgement = history.safe();
  CHECK(judgement.violations.size() == 1);
  CHECK(judgement.says("the handler of SIGCHLD in server[0] changed errno 7 times of the 20 times it ran"));
}

TEST_CASE("one time is said as one") {
  Handlers history;
  history.ran(SIGRTMIN + 2, 1, 1);
  CHECK(history.safe().says(
      "the handler of SIGRTMIN+2 in server[0] changed errno 1 time of the 1 time it ran"));
}

TEST_CASE("an unsafe function that interrupts another one is a violation") {
  Handlers history;
  history.ran(SIGUSR1, 3);
  history.called("malloc", "free", 2);
  const Judgement judgement = history.safe();
  CHECK(judgement.invalid());
  CHECK(judgement.says(
      "the handler of SIGUSR1 in server[0] called malloc while free was interrupted, 2 times: neither is "
      "async-signal-safe"));
}

TEST_CASE("an unsafe function that interrupted nothing unsafe leaves it undecided") {
  Handlers history;
  history.ran(SIGUSR1, 3);
  history.called("printf", "");
  const Judgement judgement = history.safe();
  CHECK(judgement.undecided());
  CHECK(judgement.says(
      "the handler of SIGUSR1 in server[0] called printf 1 time, which is not async-signal-safe"));
}

TEST_CASE("a pair outweighs a call that only might") {
  Handlers history;
  history.ran(SIGUSR1, 3);
  history.called("printf", "");
  history.called("printf", "fwrite");
  const Judgement judgement = history.safe();
  CHECK(judgement.violations.size() == 1);
  CHECK(judgement.unknown.size() == 1);
}

TEST_CASE("where no handler ran there is nothing to call safe") {
  const Handlers history;
  CHECK(history.safe().undecided());
  CHECK(history.safe().says("no handler ran"));
}

TEST_CASE("many handlers that change errno are named up to a limit, and counted") {
  Handlers history;
  for (int i = 0; i < 40; ++i) history.ran(SIGUSR1, 10, 1);
  CHECK(history.safe().violations.size() <= checkers::max_witnesses);
}

TEST_CASE("handlers are judged where it is expected, and only there") {
  Handlers history;
  history.ran(SIGUSR1, 10, 1);
  CHECK(checkers::judge(history.evidence()).kind == checkers::Verdict::Kind::valid);
  history.raw().expect = {"async-signal-safe"};
  CHECK(checkers::judge(history.evidence()).kind == checkers::Verdict::Kind::invalid);
}

TEST_CASE("faults of a fire need not happen, those of the scenario must") {
  HistoryBuilder history;
  history.process("server");
  history.raw().rules = {"kill server", "storm of SIGUSR1 at all"};
  history.raw().optional_rules = {1};
  CHECK(judged("faults-fired", history.evidence()).says("a fault never happened: kill server"));
  CHECK_FALSE(judged("faults-fired", history.evidence()).says("storm"));
  history.raw().optional_rules = {0, 1, 7};
  CHECK(judged("faults-fired", history.evidence()).valid());
}

}  // namespace
}  // namespace squall::tests
