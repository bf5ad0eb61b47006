#include "tests/checkers/history_builder.h"

#include <csignal>

namespace squall::tests {
namespace {

struct Signals : HistoryBuilder {
  unsigned raiser = process("raiser"), other_raiser = process("raiser", 1), receiver = process("receiver");
  unsigned bell = channel("bell", {Capability::payload});
  Signals() { raw().channels[bell].receivers = {receiver}; }

  Described raise(unsigned process, int number, std::uint64_t value = 0) {
    return operation(Call::raise, process, value).detail(static_cast<std::uint64_t>(number));
  }
  Described deliver(int number, std::uint64_t value = 0) {
    return operation(Call::deliver, receiver, value).detail(static_cast<std::uint64_t>(number));
  }
  Judgement accounted() const { return judged("signals-accounted", evidence()); }
};

TEST_CASE("standard signals may coalesce") {
  Signals history;
  for (std::uint64_t i = 0; i < 5; ++i) history.raise(history.raiser, SIGUSR1).at(10 + i, 11 + i);
  history.deliver(SIGUSR1).at(20, 20);
  CHECK(history.accounted().valid());
}

TEST_CASE("a standard signal that never came is lost") {
  Signals history;
  history.raise(history.raiser, SIGUSR1).at(10, 11);
  const Judgement judgement = history.accounted();
  INFO(judgement.text());
  CHECK(judgement.says(
      "SIGUSR1 with value 0 was raised by raiser[0] (+0.010 ms to +0.011 ms) and never delivered"));
}

TEST_CASE("the last standard signal is followed by a delivery") {
  Signals history;
  history.raise(history.raiser, SIGUSR1).at(10, 11);
  history.deliver(SIGUSR1).at(20, 20);
  history.raise(history.raiser, SIGUSR1).at(30, 31);
  CHECK(history.accounted().says("+0.030 ms"));
}

TEST_CASE("more standard signals delivered than raised are invented") {
  Signals history;
  history.raise(history.raiser, SIGUSR1).at(10, 11);
  history.deliver(SIGUSR1).at(20, 20);
  history.deliver(SIGUSR1).at(30, 30);
  CHECK(history.accounted().says(
      "SIGUSR1 had been delivered 2 times on channel 'bell' at +0.030 ms, and raised 1 time"));
}

TEST_CASE("real-time signals arrive one by one and in order") {
  Signals history;
  const int number = SIGRTMIN + 1;
  history.raise(history.raiser, number, 1).at(10, 11);
  history.raise(history.raiser, number, 2).at(12, 13);
  history.deliver(number, 1).at(20, 20);
  history.deliver(number, 2).at(21, 21);
  CHECK(history.accounted().valid());
}

TEST_CASE("a real-time signal is neither lost nor doubled") {
  Signals lost, doubled;
  const int number = SIGRTMIN + 1;
  lost.raise(lost.raiser, number, 1).at(10, 11);
  lost.raise(lost.raiser, number, 2).at(12, 13);
  lost.deliver(number, 2).at(20, 20);
  CHECK(lost.accounted().says("SIGRTMIN+1 with value 1 was raised by raiser[0]"));
  doubled.raise(doubled.raiser, number, 1).at(10, 11);
  doubled.deliver(number, 1).at(20, 20);
  doubled.deliver(number, 1).at(21, 21);
  CHECK(doubled.accounted().says("was delivered 2 times on channel 'bell', and raised 1 time"));
}

TEST_CASE(
    "real-time signals of one number keep their order, of two numbers or raised together they have none") {
  Signals same, different, together;
  const int number = SIGRTMIN + 1;
  same.raise(same.raiser, number, 1).at(10, 11);
  same.raise(same.other_raiser, number, 2).at(12, 13);
  same.deliver(number, 2).at(20, 20);
  same.deliver(number, 1).at(20, 20);
  CHECK(same.accounted().says("SIGRTMIN+1 with value 2 overtook the one with value 1 on channel 'bell'"));
  different.raise(different.raiser, number + 1, 1).at(10, 11);
  different.raise(different.raiser, number, 2).at(12, 13);
  different.deliver(number, 2).at(20, 20);
  different.deliver(number + 1, 1).at(21, 21);
  CHECK(different.accounted().valid());
  together.raise(together.raiser, number, 1).at(10, 12);
  together.raise(together.other_raiser, number, 2).at(11, 13);
  together.deliver(number, 2).at(20, 20);
  together.deliver(number, 1).at(21, 21);
  CHECK(together.accounted().valid());
}

TEST_CASE(
    "a killed receiver takes its pending signals with it, and a pending raise may never have happened") {
  Signals history;
  history.raise(history.raiser, SIGRTMIN, 1).at(10, 11);
  history.raise(history.raiser, SIGUSR1).at(12, 13);
  history.raise(history.other_raiser, SIGUSR2).pending(12);
  history.kill(history.receiver, 15);
  CHECK(history.accounted().valid());
}

TEST_CASE("a hang makes a missing signal unknown") {
  Signals history;
  history.raise(history.raiser, SIGUSR1).at(10, 11);
  history.hang(history.receiver, "in sigwaitinfo", "");
  history.raw().processes[history.receiver].exit = {};
  CHECK(history.accounted().undecided());
}

TEST_CASE("a raise that failed is not delivered") {
  Signals history;
  history.raise(history.raiser, SIGRTMIN, 1).at(10, 11).failed();
  CHECK(history.accounted().valid());
  history.deliver(SIGRTMIN, 1).at(20, 20);
  CHECK(history.accounted().invalid());
}

}  // namespace
}  // namespace squall::tests
