#include "tests/checkers/history_builder.h"

namespace squall::tests {
namespace {

struct Lock : HistoryBuilder {
  unsigned first = process("worker", 0), second = process("worker", 1), third = process("worker", 2);
  unsigned lock = channel("lock", {Capability::memory});

  Described acquire(unsigned process) { return operation(Call::acquire, process, 0); }
  Described recover(unsigned process) { return acquire(process).detail(1); }
  Described release(unsigned process) { return operation(Call::release, process, 0); }

  Judgement exclusion() const { return judged("mutual-exclusion", evidence()); }
  Judgement owner_death() const { return judged("owner-death", evidence()); }
};

TEST_CASE("holds one after the other exclude each other") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.acquire(history.second).at(11, 21);
  history.release(history.first).at(20, 22);
  history.release(history.second).at(30, 31);
  CHECK(history.exclusion().valid());
  CHECK(history.owner_death().valid());
}

TEST_CASE("two holds at the same time are a violation that names both holders and how long") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.acquire(history.second).at(12, 13);
  history.release(history.first).at(20, 22);
  history.release(history.second).at(30, 31);
  const Judgement judgement = history.exclusion();
  REQUIRE(judgement.violations.size() == 1);
  CHECK(judgement.violations[0].witness ==
        "worker[0] and worker[1] both held the lock channel 'lock' for 7.0 µs at +0.013 ms\n"
        "  worker[0] held it from +0.011 ms (acquire began at +0.010 ms) to +0.020 ms, when it began to "
        "release it\n"
        "  worker[1] held it from +0.013 ms (acquire began at +0.012 ms) to +0.030 ms, when it began to "
        "release it");
}

TEST_CASE("acquires that never returned or failed hold nothing") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.acquire(history.second).pending(12);
  history.acquire(history.third).at(12, 13).failed();
  history.release(history.first).at(20, 22);
  CHECK(history.exclusion().valid());
}

TEST_CASE("a killed holder holds until its death, and then somebody else may") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.kill(history.first, 50);
  history.recover(history.second).at(12, 60);
  history.release(history.second).at(70, 71);
  CHECK(history.exclusion().valid());
  CHECK(history.owner_death().valid());
}

TEST_CASE("a killed holder's lock is not given away before its death") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.kill(history.first, 50);
  history.acquire(history.second).at(12, 20);
  history.release(history.second).at(30, 31);
  CHECK(history.exclusion().says(
      "worker[0] held it from +0.011 ms (acquire began at +0.010 ms), was still alive at "
      "+0.050 ms, and never released it"));
}

TEST_CASE("who was told of the death may hold, even if the kill was noted late") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.kill(history.first, 50);
  history.recover(history.second).at(12, 49);
  history.release(history.second).at(60, 61);
  CHECK(history.exclusion().valid());
}

TEST_CASE("a holder that hangs holds for ever") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.raw().processes[history.first].exit = {};
  history.acquire(history.second).at(100, 110);
  CHECK(history.exclusion().says("never released it"));
}

TEST_CASE("a holder that ended without release held as long as it was seen alive") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.acquire(history.second).at(100, 110);
  CHECK(history.exclusion().valid());
}

TEST_CASE("news of a death that was none is a violation") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.release(history.first).at(12, 13);
  history.recover(history.second).at(20, 21);
  history.release(history.second).at(22, 23);
  const Judgement judgement = history.owner_death();
  INFO(judgement.text());
  CHECK(
      judgement.says("channel 'lock': A was told that the owner had died, and nobody is left who can have "
                     "died as the owner"));
  CHECK(judgement.says("A: acquired by worker[1] (+0.020 ms to +0.021 ms)"));
}

TEST_CASE("the death of a process that had let go is no owner's death") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.release(history.first).at(12, 13);
  history.kill(history.first, 15);
  history.recover(history.second).at(20, 21);
  history.release(history.second).at(22, 23);
  CHECK(history.owner_death().invalid());
}

TEST_CASE("a death during a pending acquire or release may or may not leave the lock behind") {
  for (bool told : {false, true}) {
    Lock history;
    history.acquire(history.first).at(10, 11);
    history.release(history.first).pending(12);
    history.kill(history.first, 13);
    history.acquire(history.second).at(20, 21).detail(told ? 1 : 0);
    history.release(history.second).at(22, 23);
    history.acquire(history.third).pending(24);
    history.kill(history.third, 25);
    history.acquire(history.second).at(30, 31).detail(told ? 1 : 0);
    history.release(history.second).at(32, 33);
    CHECK(history.owner_death().valid());
    CHECK(history.exclusion().valid());
  }
}

TEST_CASE("one death is reported once") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.kill(history.first, 15);
  history.recover(history.second).at(20, 21);
  history.release(history.second).at(22, 23);
  history.recover(history.third).at(24, 25);
  history.release(history.third).at(26, 27);
  const Judgement judgement = history.owner_death();
  INFO(judgement.text());
  CHECK(judgement.says("nobody is left who can have died as the owner"));
  CHECK(judgement.says("A: acquired by worker[2] (+0.024 ms to +0.025 ms)"));
}

TEST_CASE("whoever gets a dead holder's lock is told") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.kill(history.first, 15);
  history.acquire(history.second).at(20, 21);
  history.release(history.second).at(22, 23);
  const Judgement judgement = history.owner_death();
  INFO(judgement.text());
  CHECK(judgement.says("the process of A died holding it, and B, the next to get it, was not told"));
  CHECK(judgement.says("A: acquired by worker[0] (+0.010 ms to +0.011 ms)"));
  CHECK(judgement.says("B: acquired by worker[1] (+0.020 ms to +0.021 ms)"));
}

TEST_CASE("a recoverer that dies as well is told of in its turn") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.kill(history.first, 15);
  history.recover(history.second).at(20, 21);
  history.kill(history.second, 25);
  history.recover(history.third).at(30, 31);
  history.release(history.third).at(32, 33);
  CHECK(history.owner_death().valid());
  CHECK(history.exclusion().valid());
}

TEST_CASE("a lock that was made consistent and released does not become unrecoverable") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.kill(history.first, 15);
  history.recover(history.second).at(20, 21);
  history.release(history.second).at(22, 23);
  CHECK(history.owner_death().valid());
  history.acquire(history.third).at(50, 51).failed(ENOTRECOVERABLE);
  CHECK(history.owner_death().says("the last to hold it, A, had made it consistent before B"));
}

TEST_CASE("a lock is not unrecoverable when nobody died") {
  Lock history;
  history.acquire(history.third).at(21, 40).failed(ENOTRECOVERABLE);
  CHECK(history.owner_death().says("nobody had left it inconsistent"));
}

TEST_CASE("two holders at once are told once, by the property that forbids them") {
  Lock history;
  history.acquire(history.first).at(10, 11);
  history.acquire(history.second).at(12, 13);
  history.release(history.first).at(20, 22);
  history.release(history.second).at(30, 31);
  CHECK(history.owner_death().invalid());
  CHECK(history.exclusion().invalid());
}

}  // namespace
}  // namespace squall::tests
