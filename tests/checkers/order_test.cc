#include "tests/checkers/history_builder.h"

namespace squall::tests {
namespace {

struct Order : HistoryBuilder {
  unsigned first = process("producer", 0), second = process("producer", 1);
  unsigned reader = process("consumer", 0), other_reader = process("consumer", 1);
  unsigned work = channel("work", {Capability::payload, Capability::fifo, Capability::priority});

  Judgement per_producer() const { return judged("fifo-per-producer", evidence()); }
  Judgement fifo() const { return judged("fifo", evidence()); }
  Judgement priorities() const { return judged("priority-order", evidence()); }
};

TEST_CASE("messages of one producer in order are in order") {
  Order history;
  history.send(history.first, 1).at(10, 11);
  history.send(history.second, 1).at(10, 11);
  history.send(history.first, 2).at(12, 13);
  history.receive(history.reader, history.first, 1).at(20, 21);
  history.receive(history.reader, history.first, 2).at(22, 23);
  history.receive(history.reader, history.second, 1).at(24, 25);
  CHECK(history.per_producer().valid());
}

TEST_CASE("one reader sees one producer's messages in order, and the witness tells both ways") {
  Order history;
  history.send(history.first, 1).at(10, 11);
  history.send(history.first, 2).at(12, 13);
  history.receive(history.reader, history.first, 2).at(20, 21);
  history.receive(history.reader, history.first, 1).at(21, 22);
  const Judgement judgement = history.per_producer();
  REQUIRE(judgement.violations.size() == 1);
  CHECK(judgement.violations[0].witness ==
        "message 2 of producer[0] overtook message 1 of producer[0] on channel 'work', both sent by "
        "producer[0]\n"
        "  message 1 of producer[0]: sent by producer[0] (+0.010 ms to +0.011 ms),\n"
        "    received by consumer[0] (+0.021 ms to +0.022 ms)\n"
        "  message 2 of producer[0]: sent by producer[0] (+0.012 ms to +0.013 ms),\n"
        "    received by consumer[0] (+0.020 ms to +0.021 ms)");
}

TEST_CASE("receives of two readers that overlap have no order") {
  Order history;
  history.send(history.first, 1).at(10, 11);
  history.send(history.first, 2).at(12, 13);
  history.receive(history.reader, history.first, 2).at(20, 22);
  history.receive(history.other_reader, history.first, 1).at(21, 23);
  CHECK(history.per_producer().valid());
  CHECK(history.fifo().valid());
}

TEST_CASE("receives of two readers one after the other have an order") {
  Order history;
  history.send(history.first, 1).at(10, 11);
  history.send(history.first, 2).at(12, 13);
  history.receive(history.reader, history.first, 2).at(20, 22);
  history.receive(history.other_reader, history.first, 1).at(23, 24);
  CHECK(history.per_producer().invalid());
  CHECK(history.fifo().invalid());
}

TEST_CASE("different priorities of one producer may overtake each other") {
  Order history;
  history.send(history.first, 1).at(10, 11).priority(0);
  history.send(history.first, 2).at(12, 13).priority(5);
  history.receive(history.reader, history.first, 2).at(20, 21).priority(5);
  history.receive(history.reader, history.first, 1).at(22, 23).priority(0);
  CHECK(history.per_producer().valid());
  CHECK(history.priorities().valid());
}

TEST_CASE("two relays may mix up one producer's messages before they send them on") {
  Order history;
  history.operation(Call::send, history.first, HistoryBuilder::tag(9, 2)).at(10, 11);
  history.operation(Call::send, history.second, HistoryBuilder::tag(9, 1)).at(12, 13);
  history.receive(history.reader, 9, 2).at(20, 21);
  history.receive(history.reader, 9, 1).at(22, 23);
  CHECK(history.per_producer().valid());
}

TEST_CASE("a queue over all senders: what went in first comes out first") {
  Order history;
  history.send(history.first, 1).at(10, 11);
  history.send(history.second, 1).at(12, 13);
  history.receive(history.reader, history.second, 1).at(20, 21);
  history.receive(history.reader, history.first, 1).at(22, 23);
  CHECK(history.per_producer().valid());
  const Judgement judgement = history.fifo();
  REQUIRE(judgement.violations.size() == 1);
  CHECK(judgement.violations[0].witness ==
        "message 1 of producer[1] overtook message 1 of producer[0] on channel 'work'\n"
        "  message 1 of producer[1] (64 bytes):\n"
        "    sent by producer[1] (+0.012 ms to +0.013 ms)\n"
        "    received by consumer[0] (+0.020 ms to +0.021 ms)\n"
        "  message 1 of producer[0] (64 bytes):\n"
        "    sent by producer[0] (+0.010 ms to +0.011 ms)\n"
        "    received by consumer[0] (+0.022 ms to +0.023 ms)\n"
        "  the second was put in before the send of the first began, and its receive began only when the "
        "first had "
        "been received");
}

TEST_CASE("sends that overlap have no order") {
  Order history;
  history.send(history.first, 1).at(10, 12);
  history.send(history.second, 1).at(11, 13);
  history.receive(history.reader, history.second, 1).at(20, 21);
  history.receive(history.reader, history.first, 1).at(22, 23);
  CHECK(history.fifo().valid());
}

TEST_CASE("a message that others overtook for good was lost, drained or not") {
  Order history;
  history.raw().channels[history.work].drained = false;
  history.send(history.first, 1).at(10, 11);
  history.send(history.second, 1).at(12, 13);
  history.receive(history.reader, history.second, 1).at(20, 21);
  CHECK(history.fifo().says("nobody can have taken it out"));
  history.hang(history.other_reader, "in read(5)", "");
  CHECK(history.fifo().undecided());
}

TEST_CASE("a killed receiver excuses one overtaken message, if it had begun in time") {
  Order history;
  history.send(history.first, 1).at(10, 11);
  history.send(history.second, 1).at(12, 13);
  history.receive(history.reader, history.second, 1).at(20, 21);
  history.receive_nothing(history.other_reader).pending(15);
  history.kill(history.other_reader, 16);
  CHECK(history.fifo().valid());

  Order late;
  late.send(late.first, 1).at(10, 11);
  late.send(late.second, 1).at(12, 13);
  late.receive(late.reader, late.second, 1).at(20, 21);
  late.receive_nothing(late.other_reader).pending(25);
  late.kill(late.other_reader, 26);
  CHECK(late.fifo().invalid());
}

TEST_CASE("a pending send may be the first, or none at all") {
  Order history;
  history.send(history.first, 1).pending(10);
  history.send(history.second, 1).at(12, 13);
  history.receive(history.reader, history.second, 1).at(20, 21);
  CHECK(history.fifo().valid());
  history.receive(history.reader, history.first, 1).at(22, 23);
  CHECK(history.fifo().valid());
}

TEST_CASE("empty is said of an empty queue only") {
  Order history;
  history.send(history.first, 1).at(10, 11);
  history.receive(history.reader, history.first, 1).at(30, 31);
  history.receive_nothing(history.other_reader).at(5, 10).failed();
  history.receive_nothing(history.other_reader).at(29, 30).failed();
  CHECK(history.fifo().valid());
  CHECK(history.priorities().valid());
  history.receive_nothing(history.other_reader).at(12, 13).failed();
  for (const Judgement& judgement : {history.fifo(), history.priorities()}) {
    INFO(judgement.text());
    REQUIRE(judgement.violations.size() == 1);
    CHECK(judgement.says(
        "a receive by consumer[1] on channel 'work' found nothing (EAGAIN, +0.012 ms to +0.013 ms)"));
    CHECK(judgement.says("message 1 of producer[0]"));
    CHECK(judgement.says("received by consumer[0] (+0.030 ms to +0.031 ms)"));
  }
}

TEST_CASE("empty is refuted by messages that take turns in being inside") {
  Order history;
  history.send(history.first, 1).at(10, 11);
  history.send(history.first, 2).at(12, 13);
  history.receive(history.reader, history.first, 1).at(20, 21);
  history.receive(history.reader, history.first, 2).at(30, 31);
  history.receive_nothing(history.other_reader).at(15, 25).failed();
  CHECK(history.fifo().invalid());
}

TEST_CASE("a killed receiver may have emptied the queue") {
  Order history;
  history.send(history.first, 1).at(10, 11);
  history.receive_nothing(history.reader).pending(12);
  history.kill(history.reader, 13);
  history.receive_nothing(history.other_reader).at(20, 21).failed();
  CHECK(history.fifo().valid());
  CHECK(history.priorities().valid());
}

TEST_CASE("duplicates do not pass for order, unless delivery is judged by its own name") {
  Order history;
  history.send(history.first, 1).at(10, 11);
  history.receive(history.reader, history.first, 1).at(20, 21);
  history.receive(history.reader, history.first, 1).at(22, 23);
  CHECK(history.fifo().invalid());
  CHECK(history.priorities().invalid());
  history.raw().expect = {"exactly-once"};
  CHECK(history.fifo().valid());
}

TEST_CASE("a lower priority does not leave while a higher one is inside") {
  Order history;
  history.send(history.first, 1).at(10, 11).priority(1);
  history.send(history.second, 1).at(12, 13).priority(7);
  history.receive(history.reader, history.first, 1).at(20, 21).priority(1);
  history.receive(history.reader, history.second, 1).at(22, 23).priority(7);
  const Judgement judgement = history.priorities();
  INFO(judgement.text());
  REQUIRE(judgement.violations.size() == 1);
  CHECK(judgement.says(
      "message 1 of producer[0] of priority 1 came out of channel 'work' while something higher"));
  CHECK(judgement.says("inside, of priority 7: message 1 of producer[1]"));
  CHECK(judgement.says("received by consumer[0] (+0.022 ms to +0.023 ms)"));
}

TEST_CASE("a higher priority that may have come later is no reason") {
  Order history;
  history.send(history.first, 1).at(10, 11).priority(1);
  history.send(history.second, 1).at(12, 21).priority(7);
  history.receive(history.reader, history.first, 1).at(20, 21).priority(1);
  history.receive(history.reader, history.second, 1).at(22, 23).priority(7);
  CHECK(history.priorities().valid());
  history.send(history.second, 2).pending(1).priority(9);
  CHECK(history.priorities().valid());
}

TEST_CASE("within one priority the first in is the first out") {
  Order history;
  history.send(history.first, 1).at(10, 11).priority(3);
  history.send(history.second, 1).at(12, 13).priority(3);
  history.receive(history.reader, history.second, 1).at(20, 21).priority(3);
  history.receive(history.reader, history.first, 1).at(22, 23).priority(3);
  CHECK(history.priorities().says("message 1 of producer[1] overtook message 1 of producer[0]"));
}

TEST_CASE("a message keeps its priority") {
  Order history;
  history.send(history.first, 1).at(10, 11).priority(3);
  history.receive(history.reader, history.first, 1).at(20, 21).priority(2);
  CHECK(history.priorities().says("was sent with priority 3 and received with priority 2"));
}

}  // namespace
}  // namespace squall::tests
