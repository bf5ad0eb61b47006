#include "tests/checkers/history_builder.h"

namespace squall::tests {
namespace {

struct Bounded : HistoryBuilder {
  unsigned producer = process("producer"), other = process("producer", 1), consumer = process("consumer");
  unsigned work = channel("work", {Capability::payload, Capability::bounded});
  explicit Bounded(std::size_t capacity) { raw().channels[work].capacity = capacity; }

  Judgement back_pressure() const { return judged("back-pressure", evidence()); }
};

TEST_CASE("a full channel refuses, and then takes one more for every one that leaves") {
  Bounded history(2);
  history.send(history.producer, 1).at(10, 11);
  history.send(history.producer, 2).at(12, 13);
  history.send(history.producer, 3).at(14, 15).failed();
  history.receive(history.consumer, history.producer, 1).at(20, 21);
  history.send(history.producer, 3).at(22, 23);
  CHECK(history.back_pressure().valid());
}

TEST_CASE("a channel that cannot have been full must not refuse") {
  Bounded history(3);
  history.send(history.producer, 1).at(10, 11);
  history.send(history.producer, 2).at(12, 13);
  history.send(history.producer, 3).at(14, 15).failed();
  const Judgement judgement = history.back_pressure();
  INFO(judgement.text());
  REQUIRE(judgement.invalid());
  CHECK(
      judgement.says("a send by producer[0] on channel 'work' was refused (EAGAIN, +0.014 ms to +0.015 ms)"));
  CHECK(judgement.says("it holds 3 messages; 2 had begun to be sent by then, and 0 had been received"));
}

TEST_CASE("pending sends may have filled the channel") {
  Bounded history(2);
  history.send(history.producer, 1).at(10, 11);
  history.send(history.other, 1).pending(12);
  history.send(history.producer, 2).at(14, 15).failed();
  CHECK(history.back_pressure().valid());
}

TEST_CASE("a channel that was full at some moment of the send may refuse it") {
  Bounded history(1);
  history.send(history.producer, 1).at(10, 11);
  history.send(history.other, 1).at(12, 30).failed();
  history.receive(history.consumer, history.producer, 1).at(20, 21);
  CHECK(history.back_pressure().valid());
  history.send(history.other, 1).at(40, 41).failed();
  CHECK(history.back_pressure().violations.size() == 1);
}

TEST_CASE("a channel never holds more than its capacity") {
  Bounded history(2);
  for (std::uint32_t i = 1; i <= 3; ++i) history.send(history.producer, i).at(10 * i, 10 * i + 1);
  history.receive(history.consumer, history.producer, 1).at(50, 51);
  const Judgement judgement = history.back_pressure();
  INFO(judgement.text());
  REQUIRE(judgement.invalid());
  CHECK(judgement.says("channel 'work' held 3 messages at +0.031 ms, and is bounded to 2"));
  CHECK(judgement.says("the last of them: message 3 of producer[0] (64 bytes), sent by producer[0]"));
}

TEST_CASE("a receive that has begun may have made room, even if its process was killed in it") {
  Bounded history(2);
  history.receive_nothing(history.consumer).pending(5);
  history.kill(history.consumer, 60);
  for (std::uint32_t i = 1; i <= 3; ++i) history.send(history.producer, i).at(10 * i, 10 * i + 1);
  CHECK(history.back_pressure().valid());
}

TEST_CASE("where bytes decide, messages are not counted") {
  Bounded history(0);
  history.send(history.producer, 1).at(14, 15).failed();
  CHECK(history.back_pressure().valid());
}

}  // namespace
}  // namespace squall::tests
