#include "tests/checkers/history_builder.h"

namespace squall::tests {
namespace {

struct Log : HistoryBuilder {
  unsigned writer = process("writer"), reader = process("reader");
  unsigned log = channel("log", {Capability::payload, Capability::durable});
  Log() { raw().channels[log].drained = false; }

  Described persist(std::uint32_t sequence) {
    return operation(Call::persist, writer, tag(writer, sequence));
  }
  Described recover(std::uint32_t sequence) {
    return operation(Call::recover, reader, tag(writer, sequence));
  }
  void read_to_the_end() { operation(Call::recover, reader, 0).at(90, 91).end(); }
  Judgement durable() const { return judged("durable", evidence()); }
};

TEST_CASE("what was made durable is recovered, a pending record may be") {
  for (bool pending_too : {false, true}) {
    Log history;
    history.persist(1).at(10, 11);
    history.persist(2).pending(12);
    history.kill(history.writer, 13);
    history.recover(1).at(50, 51);
    if (pending_too) history.recover(2).at(52, 53);
    history.read_to_the_end();
    CHECK(history.durable().valid());
  }
}

TEST_CASE("a durable record that is not read back is a violation") {
  Log history;
  history.persist(1).at(10, 11);
  history.persist(2).at(12, 13);
  history.recover(2).at(50, 51);
  history.read_to_the_end();
  const Judgement judgement = history.durable();
  INFO(judgement.text());
  CHECK(judgement.says(
      "message 1 of writer[0] (64 bytes) was made durable on channel 'log' and never recovered"));
  CHECK(judgement.says("persisted by writer[0] (+0.010 ms to +0.011 ms)"));
  CHECK(judgement.says("reader[0] began to read all of it back at +0.050 ms"));
}

TEST_CASE("what nobody read to the end, or what came later, is not called lost") {
  Log history;
  history.persist(1).at(10, 11);
  CHECK(history.durable().undecided());
  history.recover(1).at(50, 51);
  history.read_to_the_end();
  history.persist(2).at(60, 61);
  CHECK(history.durable().undecided());
}

TEST_CASE("a record that nobody wrote, or that is read twice, is a violation") {
  Log invented, doubled;
  invented.recover(3).at(50, 51);
  CHECK(invented.durable().says(
      "message 3 of writer[0] was recovered from channel 'log' and never made durable"));
  doubled.persist(1).at(10, 11);
  doubled.recover(1).at(50, 51);
  doubled.recover(1).at(52, 53);
  CHECK(doubled.durable().says("message 1 of writer[0] was recovered twice from channel 'log'"));
}

TEST_CASE("a hang makes a missing record unknown") {
  Log history;
  history.persist(1).at(10, 11);
  history.read_to_the_end();
  history.hang(history.writer, "in msync", "");
  CHECK(history.durable().undecided());
}

}  // namespace
}  // namespace squall::tests
