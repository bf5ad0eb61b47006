#include "tests/checkers/history_builder.h"

namespace squall::tests {
namespace {

/// Two producers, two consumers, one channel.
struct Delivery : HistoryBuilder {
  unsigned first = process("producer", 0), second = process("producer", 1);
  unsigned reader = process("consumer", 0), other_reader = process("consumer", 1);
  unsigned work = channel("work");

  Judgement exactly_once() const { return judged("exactly-once", evidence()); }
  Judgement at_most_once() const { return judged("at-most-once", evidence()); }
};

TEST_CASE("messages that all arrive once are delivered exactly once") {
  Delivery history;
  for (std::uint32_t i = 1; i <= 10; ++i) {
    history.send(history.first, i).at(i * 10, i * 10 + 1);
    history.receive(history.reader, history.first, i).at(i * 10, i * 10 + 5);
  }
  CHECK(history.exactly_once().valid());
  CHECK(history.at_most_once().valid());
}

TEST_CASE(
    "an accepted message that never arrives is lost, and the witness says which, when, and who read to the "
    "end") {
  Delivery history;
  history.send(history.second, 17, 88).at(12'032, 12'034);
  history.receive_nothing(history.reader).at(14'000, 15'000).end();
  const Judgement judgement = history.exactly_once();
  REQUIRE(judgement.invalid());
  CHECK(judgement.violations[0].witness ==
        "message 17 of producer[1] (88 bytes) was accepted at +12.034 ms (send, 2.0 µs) and never received;\n"
        "  consumer[0] read to the end of channel 'work' at +15.000 ms");
  CHECK(history.at_most_once().valid());
}

TEST_CASE("pending and vague sends may have arrived or not") {
  Delivery history;
  history.send(history.first, 1).pending(10);
  history.send(history.first, 2).at(20, 21).info();
  history.send(history.second, 1).pending(10);
  history.receive(history.reader, history.second, 1).at(30, 31);
  CHECK(history.exactly_once().valid());
}

TEST_CASE("a refused message must not arrive") {
  Delivery history;
  history.send(history.first, 1).at(10, 11).failed();
  CHECK(history.exactly_once().valid());
  history.receive(history.reader, history.first, 1).at(20, 21);
  const Judgement judgement = history.at_most_once();
  INFO(judgement.text());
  REQUIRE(judgement.invalid());
  CHECK(judgement.says("message 1 of producer[0] (64 bytes) was refused and arrived all the same"));
  CHECK(judgement.says("failed with EAGAIN (+0.010 ms to +0.011 ms)"));
}

TEST_CASE("a send that is repeated after a refusal is one message") {
  Delivery history;
  history.send(history.first, 1).at(10, 11).failed();
  history.send(history.first, 1).at(12, 13).failed();
  history.send(history.first, 1).at(14, 15);
  history.receive(history.reader, history.first, 1).at(20, 21);
  CHECK(history.exactly_once().valid());
}

TEST_CASE("a message received twice is duplicated, whoever received it") {
  Delivery history;
  history.send(history.first, 1).at(10, 11);
  history.receive(history.reader, history.first, 1).at(20, 21);
  history.receive(history.other_reader, history.first, 1).at(20, 22);
  const Judgement judgement = history.at_most_once();
  INFO(judgement.text());
  REQUIRE(judgement.invalid());
  CHECK(judgement.says(
      "message 1 of producer[0] (64 bytes) was sent 1 time and received 2 times on channel 'work'"));
  CHECK(judgement.says("received by consumer[1] (+0.020 ms to +0.022 ms)"));
}

TEST_CASE("a message that nobody sent is invented") {
  Delivery history;
  history.receive(history.reader, history.first, 99).at(20, 21);
  const Judgement judgement = history.exactly_once();
  INFO(judgement.text());
  REQUIRE(judgement.invalid());
  CHECK(judgement.says(
      "message 99 of producer[0] (64 bytes) was received on channel 'work' and never sent there"));
}

TEST_CASE("a message received before its send began is no message of that send") {
  Delivery history;
  history.receive(history.reader, history.first, 1).at(5, 9);
  history.send(history.first, 1).at(10, 11);
  CHECK(history.exactly_once().says("before it was sent"));
}

TEST_CASE("every receiver killed in a receive may have taken one message with it, and no more") {
  Delivery history;
  history.send(history.first, 1).at(10, 11);
  history.receive_nothing(history.reader).pending(12);
  history.kill(history.reader, 20);
  CHECK(history.exactly_once().valid());
  history.send(history.first, 2).at(13, 14);
  const Judgement judgement = history.exactly_once();
  INFO(judgement.text());
  REQUIRE(judgement.violations.size() == 1);
  CHECK(judgement.says("2 messages missing, of which receives that never returned can explain 1"));
}

TEST_CASE("what is missing when nobody read to the end is not called lost") {
  Delivery history;
  history.send(history.first, 1).at(10, 11);
  history.raw().channels[history.work].drained = false;
  CHECK(history.exactly_once().undecided());
  CHECK(history.exactly_once().says("nobody read channel 'work' to the end"));
}

TEST_CASE("a hang makes loss unknown but not duplication") {
  Delivery history;
  history.send(history.first, 1).at(10, 11);
  history.hang(history.reader, "in read(5)", "producer[0] to write");
  CHECK(history.exactly_once().undecided());
  history.send(history.first, 2).at(20, 21);
  history.receive(history.other_reader, history.first, 2).at(30, 31);
  history.receive(history.other_reader, history.first, 2).at(40, 41);
  CHECK(history.exactly_once().invalid());
}

TEST_CASE("a process that still runs makes loss unknown") {
  Delivery history;
  history.send(history.first, 1).at(10, 11);
  history.raw().processes[history.reader].exit = {};
  CHECK(history.exactly_once().undecided());
}

TEST_CASE("a relayed message is judged on each channel on its own") {
  Delivery history;
  const unsigned onward = history.channel("onward");
  history.send(history.first, 1).at(10, 11);
  history.receive(history.reader, history.first, 1).at(20, 21);
  history.operation(Call::send, history.reader, HistoryBuilder::tag(history.first, 1)).on(onward).at(30, 31);
  history.receive(history.other_reader, history.first, 1).on(onward).at(40, 41);
  CHECK(history.exactly_once().valid());
  history.operation(Call::send, history.reader, HistoryBuilder::tag(history.first, 2)).on(onward).at(50, 51);
  CHECK(history.exactly_once().says("channel 'onward'"));
}

TEST_CASE("a foreign program that receives makes loss unknown, one that sends makes invention moot") {
  Delivery history;
  history.raw().processes[history.reader].program = true;
  history.raw().channels[history.work].receivers = {history.reader};
  history.send(history.first, 1).at(10, 11);
  CHECK(history.exactly_once().undecided());

  Delivery sending;
  sending.raw().processes[sending.first].program = true;
  sending.raw().channels[sending.work].senders = {sending.first};
  sending.receive(sending.reader, sending.first, 1).at(20, 21);
  CHECK(sending.exactly_once().valid());
}

TEST_CASE("a token that goes round a ring passes each channel as often as it is sent") {
  Delivery history;
  for (std::uint64_t round = 0; round < 3; ++round) {
    history.send(history.first, 1).at(10 * round, 10 * round + 1);
    history.receive(history.reader, history.first, 1).at(10 * round, 10 * round + 2);
  }
  CHECK(history.exactly_once().valid());
  history.receive(history.reader, history.first, 1).at(50, 51);
  CHECK(history.exactly_once().says("was sent 3 times and received 4 times"));
  history.send(history.first, 1).at(60, 61);
  CHECK(history.exactly_once().says("was sent 4 times and received 4 times"));

  Delivery losing;
  losing.send(losing.first, 1).at(10, 11);
  losing.receive(losing.reader, losing.first, 1).at(12, 13);
  losing.send(losing.first, 1).at(14, 15);
  CHECK(
      losing.exactly_once().says("was accepted at +0.015 ms (send, 1.0 µs) and received 1 time for 2 sends"));
}

TEST_CASE("messages that mean the end are not messages") {
  Delivery history;
  history.operation(Call::send, history.first, Tag{history::end_producer, 1, 8}.pack()).at(10, 11);
  CHECK(history.exactly_once().valid());
}

TEST_CASE("only so many witnesses are kept, and the rest are counted") {
  Delivery history;
  for (std::uint32_t i = 1; i <= 317; ++i) history.send(history.first, i).at(i, i + 1);
  const Judgement judgement = history.exactly_once();
  REQUIRE(judgement.violations.size() == checkers::max_witnesses);
  CHECK(judgement.says("… and 312 more"));
}

/// A channel without payload: its messages can only be counted.
struct Counting : HistoryBuilder {
  unsigned producer = process("producer"), consumer = process("consumer");
  unsigned events = channel("events", {});

  void sent(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) operation(Call::send, producer, 0).at(10 + i, 11 + i);
  }
  void received(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) operation(Call::receive, consumer, 0).at(100 + i, 101 + i);
  }
  Judgement exactly_once() const { return judged("exactly-once", evidence()); }
};

TEST_CASE("where messages carry nothing only their number is judged") {
  Counting equal, fewer, more;
  equal.sent(3), equal.received(3);
  CHECK(equal.exactly_once().valid());
  fewer.sent(3), fewer.received(2);
  CHECK(fewer.exactly_once().says("1 message lost on channel 'events': 3 were accepted, 2 received"));
  more.sent(2), more.received(3);
  CHECK(
      more.exactly_once().says("3 messages had been received on channel 'events' at +0.103 ms where only 2"));
}

TEST_CASE("counts allow for pending sends and killed receivers") {
  Counting history;
  history.sent(2);
  history.operation(Call::send, history.producer, 0).pending(20);
  history.received(3);
  CHECK(history.exactly_once().valid());

  Counting killed;
  killed.sent(2), killed.received(1);
  killed.operation(Call::receive, killed.consumer, 0).pending(200);
  killed.kill(killed.consumer, 210);
  CHECK(killed.exactly_once().valid());
}

TEST_CASE("a count that was received before it was sent is invented") {
  Counting history;
  history.operation(Call::receive, history.consumer, 0).at(1, 2);
  history.sent(1);
  CHECK(history.exactly_once().invalid());
}

}  // namespace
}  // namespace squall::tests
