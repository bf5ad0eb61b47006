#include "tests/checkers/history_builder.h"

namespace squall::tests {
namespace {

struct Memory : HistoryBuilder {
  unsigned writer = process("writer"), other_writer = process("writer", 1);
  unsigned reader = process("reader"), other_reader = process("reader", 1);
  unsigned word = channel("word", {Capability::memory});

  Described write(unsigned process, std::uint64_t value) { return operation(Call::write, process, value); }
  Described read(unsigned process, std::uint64_t value) { return operation(Call::read, process, value); }
  Described add(unsigned process, std::uint64_t value) { return operation(Call::add, process, value); }

  Judgement torn() const { return judged("no-torn-reads", evidence()); }
  Judgement atomic() const { return judged("linearizable-register", evidence()); }
  Judgement counted() const { return judged("counted", evidence()); }
};

TEST_CASE("reads of what is there are atomic") {
  Memory history;
  history.read(history.reader, 0).at(1, 2);
  history.write(history.writer, 5).at(10, 20);
  history.read(history.reader, 0).at(11, 12);
  history.read(history.reader, 5).at(13, 14);
  history.read(history.other_reader, 5).at(30, 31);
  CHECK(history.torn().valid());
  CHECK(history.atomic().valid());
}

TEST_CASE("a read of two values is torn") {
  Memory history;
  history.write(history.writer, 5).at(10, 11);
  history.write(history.writer, 6).at(12, 20);
  history.read(history.reader, 5).at(13, 14).detail(6);
  const Judgement judgement = history.torn();
  INFO(judgement.text());
  CHECK(judgement.says("a torn read on channel 'word': part of value 5 and part of value 6"));
  CHECK(judgement.says("read by reader[0] (+0.013 ms to +0.014 ms)"));
  CHECK(history.atomic().valid());
}

TEST_CASE("a value that nobody wrote is a violation, a pending write is somebody") {
  Memory history;
  history.write(history.writer, 5).pending(10);
  history.read(history.reader, 5).at(13, 14);
  CHECK(history.torn().valid());
  CHECK(history.atomic().valid());
  history.read(history.reader, 6).at(15, 16);
  CHECK(history.torn().says("value 6 was read on channel 'word' and nobody had written it"));
  CHECK(history.atomic().invalid());
}

TEST_CASE("a failed write wrote nothing") {
  Memory history;
  history.write(history.writer, 5).at(10, 11).failed();
  history.read(history.reader, 5).at(13, 14);
  CHECK(history.torn().invalid());
}

TEST_CASE("a value that was replaced is stale, and the witness tells by what") {
  Memory history;
  history.write(history.writer, 5).at(10, 11);
  history.write(history.writer, 6).at(20, 21);
  history.read(history.reader, 5).at(30, 31);
  const Judgement judgement = history.atomic();
  REQUIRE(judgement.violations.size() == 1);
  CHECK(judgement.violations[0].witness ==
        "a stale value on channel 'word': 5 was read after 6 had replaced it, and was written once\n"
        "  value 5 was there: written by writer[0] (+0.010 ms to +0.011 ms)\n"
        "  value 5 was still there: read by reader[0] (+0.030 ms to +0.031 ms)\n"
        "  value 6 came in between: written by writer[0] (+0.020 ms to +0.021 ms)");
}

TEST_CASE("the initial value does not come back") {
  Memory history;
  history.write(history.writer, 5).at(10, 11);
  history.read(history.reader, 0).at(30, 31);
  CHECK(history.atomic().says("value 0 was still there: read by reader[0]"));
}

TEST_CASE("two readers do not see two writes in different orders") {
  Memory history;
  history.write(history.writer, 5).at(10, 40);
  history.write(history.other_writer, 6).at(10, 40);
  history.read(history.reader, 5).at(11, 12);
  history.read(history.other_reader, 6).at(13, 14);
  CHECK(history.atomic().valid());
  history.read(history.reader, 5).at(15, 16);
  CHECK(history.atomic().says("values 5 and 6") == false);
  CHECK(history.atomic().invalid());
  history.read(history.other_reader, 6).at(17, 18);
  CHECK(history.atomic().says("values 5 and 6 were both in the register"));
}

TEST_CASE("a value written twice leaves reads undecided") {
  Memory history;
  history.write(history.writer, 5).at(10, 11);
  history.write(history.other_writer, 5).at(12, 13);
  CHECK(history.atomic().undecided());
}

TEST_CASE("a counter that shows every increment is counted") {
  Memory history;
  history.add(history.writer, 1).at(10, 12);
  history.add(history.other_writer, 1).at(11, 20);
  history.read(history.reader, 1).at(13, 14);
  history.read(history.reader, 2).at(15, 30);
  CHECK(history.counted().valid());
}

TEST_CASE("a lost increment is found by the last read") {
  Memory history;
  history.add(history.writer, 2).at(10, 12);
  history.add(history.other_writer, 3).at(11, 20);
  history.read(history.reader, 3).at(30, 31);
  const Judgement judgement = history.counted();
  CHECK(judgement.says("the counter on channel 'word' lost 2: 3 was found where at least 5 had been added"));
  CHECK(judgement.says("read by reader[0] (+0.030 ms to +0.031 ms)"));
}

TEST_CASE("an increment that was told what it found is counted by what comes after it") {
  Memory history;
  history.add(history.writer, 1).at(10, 100);
  history.add(history.other_writer, 1).at(10, 100);
  history.add(history.reader, 1).at(50, 80).detail(2);
  history.read(history.reader, 3).at(90, 95);
  CHECK(history.counted().valid());
  history.read(history.reader, 2).at(96, 97);
  CHECK(history.counted().says("the counter on channel 'word' went backwards"));
}

TEST_CASE("a counter within its bounds is judged exactly") {
  Memory history;
  history.add(history.writer, 1).at(10, 100);
  history.add(history.other_writer, 1).at(10, 100);
  history.add(history.reader, 1).at(50, 80).detail(2);
  history.read(history.reader, 2).at(90, 95);
  const Judgement judgement = history.counted();
  INFO(judgement.text());
  CHECK(judgement.invalid());
  CHECK(judgement.says("read by reader[0] (+0.090 ms to +0.095 ms)"));
}

TEST_CASE("a pending increment may count or not") {
  Memory history;
  history.add(history.writer, 1).at(10, 12);
  history.add(history.other_writer, 1).pending(11);
  history.kill(history.other_writer, 12);
  history.read(history.reader, 1).at(30, 31);
  history.read(history.reader, 2).at(32, 33);
  CHECK(history.counted().valid());
  history.read(history.reader, 3).at(34, 35);
  CHECK(history.counted().says("gained 1: 3 was found where at most 2"));
}

TEST_CASE("a counter does not go backwards") {
  Memory history;
  history.add(history.writer, 1).pending(5);
  history.read(history.reader, 1).at(30, 31);
  history.read(history.other_reader, 0).at(32, 33);
  CHECK(history.counted().says("went backwards, from 1 to 0"));
}

TEST_CASE("two increments do not find the same value") {
  Memory history;
  history.add(history.writer, 1).at(1, 2);
  history.add(history.writer, 1).at(10, 30).detail(1);
  history.add(history.other_writer, 1).at(10, 30).detail(1);
  CHECK(history.counted().says("an update was lost on channel 'word': two increments both found 1 there"));
}

}  // namespace
}  // namespace squall::tests
