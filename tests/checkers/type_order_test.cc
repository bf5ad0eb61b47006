#include "tests/checkers/history_builder.h"

namespace squall::tests {
namespace {

/// A System V queue; a message's type is its priority plus one.
struct Queue : HistoryBuilder {
  unsigned sender = process("sender"), receiver = process("receiver"), other = process("receiver", 1);
  unsigned queue = channel("work", {Capability::payload, Capability::persistent});

  Described put(std::uint32_t sequence, unsigned type) { return send(sender, sequence).priority(type - 1); }
  Described take(std::uint32_t sequence, int asked) {
    return receive(receiver, sender, sequence).asked(asked);
  }
  Described find_none(int asked) { return receive_nothing(receiver).failed(EAGAIN).asked(asked); }

  Judgement judgement() const { return judged("type-order", evidence()); }
};

/// Messages 1 to 4 of types 3, 1, 3, 2, one after the other.
struct Filled : Queue {
  Filled() {
    put(1, 3).at(1, 2);
    put(2, 1).at(3, 4);
    put(3, 3).at(5, 6);
    put(4, 2).at(7, 8);
  }
};

TEST_CASE("the first of a type, the lowest up to one, and then the first of all are in order") {
  Filled history;
  history.take(1, 3).at(10, 11);
  history.take(2, -2).at(12, 13);
  history.take(4, -2).at(14, 15);
  history.find_none(-2).at(16, 17);
  history.take(3, 0).at(18, 19);
  history.find_none(0).at(20, 21);
  CHECK(history.judgement().valid());
}

TEST_CASE("a message of another type than was asked for is a violation") {
  Filled history;
  history.take(2, 3).at(10, 11);
  const Judgement judgement = history.judgement();
  INFO(judgement.text());
  CHECK(judgement.says("B took another type than it had asked for"));
  CHECK(judgement.says("B: received by receiver[0] (+0.010 ms to +0.011 ms)"));
}

TEST_CASE("the second of a type before the first is a violation that names both") {
  Filled history;
  history.take(3, 3).at(10, 11);
  history.take(1, 3).at(12, 13);
  const Judgement judgement = history.judgement();
  INFO(judgement.text());
  CHECK(judgement.invalid());
  CHECK(judgement.says("sent by sender[0] (+0.001 ms to +0.002 ms)"));
  CHECK(judgement.says("received by receiver[0] (+0.010 ms to +0.011 ms)"));
}

TEST_CASE("a higher type before a lower one is a violation for who asks for the lowest") {
  Filled history;
  history.take(4, -2).at(10, 11);
  history.take(2, -2).at(12, 13);
  CHECK(history.judgement().invalid());
}

TEST_CASE("a type that is there is not said to be missing") {
  Filled history;
  history.find_none(3).at(10, 11);
  history.take(1, 3).at(12, 13);
  CHECK(history.judgement().invalid());
}

TEST_CASE("who asks for any type takes the oldest") {
  Filled history;
  history.take(2, 0).at(10, 11);
  history.take(1, 0).at(12, 13);
  CHECK(history.judgement().invalid());
}

TEST_CASE("messages sent at the same time may come in any order") {
  Queue history;
  history.put(1, 3).at(1, 5);
  history.put(2, 3).at(2, 6);
  history.take(2, 3).at(10, 11);
  history.take(1, 3).at(12, 13);
  CHECK(history.judgement().valid());
}

TEST_CASE("what a killed receiver may have taken need not be there any more") {
  Filled history;
  history.receive_nothing(history.other).pending(9).asked(3);
  history.kill(history.other, 10);
  history.take(3, 3).at(20, 21);
  history.find_none(3).at(22, 23);
  CHECK(history.judgement().valid());
}

}  // namespace
}  // namespace squall::tests
