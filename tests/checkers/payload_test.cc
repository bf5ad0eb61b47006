#include "tests/checkers/history_builder.h"

namespace squall::tests {
namespace {

struct Payload : HistoryBuilder {
  unsigned producer = process("producer"), consumer = process("consumer");
  unsigned work = channel("work");
  Payload() { send(producer, 1, 100).at(10, 11); }
};

TEST_CASE("a message with its own payload and length is intact and framed") {
  Payload history;
  history.receive(history.consumer, history.producer, 1, 100)
      .at(20, 21)
      .detail(HistoryBuilder::tag(0, 1, 100));
  CHECK(judged("intact", history.evidence()).valid());
  CHECK(judged("boundaries", history.evidence()).valid());
}

TEST_CASE("a payload of another message is a violation that names both") {
  Payload history;
  history.receive(history.consumer, history.producer, 1, 100)
      .at(20, 21)
      .detail(HistoryBuilder::tag(0, 7, 100));
  const Judgement judgement = judged("intact", history.evidence());
  INFO(judgement.text());
  CHECK(judgement.says("message 1 of producer[0] (100 bytes) arrived damaged on channel 'work'"));
  CHECK(judgement.says("received by consumer[0] (+0.020 ms to +0.021 ms)"));
  CHECK(judgement.says("its payload is that of message 7 of producer[0]"));
}

TEST_CASE("a damaged flag is a violation") {
  Payload history;
  history.receive(history.consumer, history.producer, 1, 100).at(20, 21).flag(history::damaged);
  CHECK(judged("intact", history.evidence()).invalid());
}

TEST_CASE("a payload is not judged where there is none") {
  HistoryBuilder history;
  const unsigned consumer = history.process("consumer");
  history.channel("events", {});
  history.operation(Call::receive, consumer, 3).at(1, 2).flag(history::damaged);
  CHECK(judged("intact", history.evidence()).valid());
}

TEST_CASE("a message of another length is misframed") {
  Payload shorter, longer, flagged;
  shorter.receive(shorter.consumer, shorter.producer, 1, 100).at(20, 21).size(60);
  CHECK(judged("boundaries", shorter.evidence()).says("40 bytes of it are missing"));
  longer.receive(longer.consumer, longer.producer, 1, 100).at(20, 21).size(101);
  CHECK(judged("boundaries", longer.evidence()).says("1 byte do"));
  flagged.receive(flagged.consumer, flagged.producer, 1, 100).at(20, 21).flag(history::misframed);
  CHECK(judged("boundaries", flagged.evidence()).invalid());
}

TEST_CASE("pending and refused receives carry nothing to judge") {
  Payload history;
  history.receive_nothing(history.consumer).pending(20).flag(history::damaged);
  history.receive_nothing(history.consumer).at(20, 21).failed().flag(history::misframed);
  CHECK(judged("intact", history.evidence()).valid());
  CHECK(judged("boundaries", history.evidence()).valid());
}

}  // namespace
}  // namespace squall::tests
