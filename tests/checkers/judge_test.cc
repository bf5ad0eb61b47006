#include "tests/checkers/history_builder.h"

#include <set>

namespace squall::tests {
namespace {

using checkers::Verdict;

TEST_CASE("every property has a name of its own, a line about it, and a function") {
  std::set<std::string_view> names;
  for (const checkers::Checker& checker : checkers::checkers()) {
    CHECK(names.insert(checker.property).second);
    CHECK(!checker.about.empty());
    CHECK(checker.check != nullptr);
    CHECK(checkers::find_checker(checker.property) == &checker);
  }
  CHECK(checkers::find_checker("exactly-onse") == nullptr);
}

TEST_CASE("every checker calls an empty case valid, unless it wants to see something run") {
  for (const checkers::Checker& checker : checkers::checkers()) {
    INFO(checker.property);
    const Judgement judgement = judged(checker.property, Evidence{});
    const bool wants_handlers = checker.property == "async-signal-safe";
    CHECK((wants_handlers ? judgement.undecided() : judgement.valid()));
  }
}

TEST_CASE("an unknown property leaves the case undecided") {
  Evidence evidence;
  evidence.expect = {"exactly-onse"};
  const Verdict verdict = checkers::judge(evidence);
  CHECK(verdict.kind == Verdict::Kind::unknown);
  CHECK(verdict.unknown.at(0) == "there is no property 'exactly-onse'");
}

TEST_CASE("only what is expected is judged, and the rest always") {
  HistoryBuilder history;
  const unsigned producer = history.process("producer");
  history.channel("work");
  history.send(producer, 1).at(1, 2);
  CHECK(checkers::judge(history.evidence()).kind == Verdict::Kind::valid);
  history.raw().expect = {"exactly-once"};
  CHECK(checkers::judge(history.evidence()).kind == Verdict::Kind::invalid);
  history.raw().expect = {};
  history.raw().leaks.push_back({"fifo", "/tmp/work"});
  CHECK(checkers::judge(history.evidence()).kind == Verdict::Kind::invalid);
}

TEST_CASE("a violation outweighs a doubt") {
  HistoryBuilder history;
  const unsigned producer = history.process("producer");
  history.channel("work");
  history.send(producer, 1).at(1, 2);
  history.hang(producer, "in write(4)", "");
  history.raw().expect = {"exactly-once", "no-hang"};
  const Verdict verdict = checkers::judge(history.evidence());
  CHECK(verdict.kind == Verdict::Kind::invalid);
  CHECK(verdict.violations.size() == 1);
  CHECK(!verdict.unknown.empty());
}

TEST_CASE("a property that no channel can have is not called held") {
  HistoryBuilder history;
  const unsigned producer = history.process("producer");
  history.channel("work", {Capability::payload});
  history.send(producer, 1).at(1, 2);
  history.raw().expect = {"priority-order"};
  CHECK(checkers::judge(history.evidence()).kind == Verdict::Kind::unknown);
}

TEST_CASE("a history without operations proves nothing") {
  HistoryBuilder history;
  history.process("producer");
  history.channel("work");
  history.raw().expect = {"exactly-once"};
  CHECK(checkers::judge(history.evidence()).kind == Verdict::Kind::unknown);
}

TEST_CASE("operations of channels that nobody knows are not passed over in silence") {
  HistoryBuilder history;
  const unsigned producer = history.process("producer");
  history.channel("work");
  history.send(producer, 1).on(7).at(1, 2);
  CHECK(checkers::judge(history.evidence()).kind == Verdict::Kind::unknown);
}

}  // namespace
}  // namespace squall::tests
