// What the plan's rules become on the page, and what the diaries become in the evidence.
#include "harness/engine/live/fault_pages.h"

#include "harness/faults/decide.h"
#include "harness/plan/reach.h"
#include "tests/harness/engine/carried_out.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <set>

using namespace squall;
using namespace squall::tests;
using faults::Action;
using faults::Call;
using scenario::Fault;

namespace {

Fault fault(Fault::Action action, const std::string& at = "all") {
  Fault made;
  made.action = action;
  made.at = at;
  return made;
}

scenario::Scenario crowd_with(std::vector<Fault> faults) {
  scenario::Scenario scenario = pair();
  scenario.processes[0].count = 3;
  scenario.channels = {channel("lane", {"sender"}, {"receiver"}, scenario::Wiring::each)};
  scenario.faults = std::move(faults);
  return scenario;
}

/// The pages of a plan, with its channels open.
struct Prepared {
  Scratch scratch;
  live::Place place = place_in(scratch);
  plan::Plan plan;
  live::FaultPages pages{plan, place};
  live::FaultPages::Channels channels;
  const faults::RulePage* page = nullptr;

  explicit Prepared(const scenario::Scenario& scenario, const char* transport = "pipe")
      : plan(planned_in(scenario, transport)) {
    for (const plan::Channel& channel : plan.channels) {
      auto made = ipc::find_transport(channel.transport)->create(channel.options);
      REQUIRE(made);
      channels.push_back(std::move(*made));
    }
    REQUIRE(pages.make(channels) == "");
    page = faults::open_rules(pages.rules_path().c_str(), false);
    REQUIRE(page != nullptr);
  }

  plan::Plan planned_in(const scenario::Scenario& scenario, const char* transport) const {
    auto outcome = plan::make_plan(scenario, ipc::find_transport(transport), 42, {place.prefix, place.work},
                                   [](auto) { return 0u; });
    INFO(objection(outcome));
    REQUIRE(std::holds_alternative<plan::Plan>(outcome));
    return std::get<plan::Plan>(std::move(outcome));
  }
  faults::Diary& diary(unsigned process) const {
    return *faults::open_diary(live::diary_path(place, process).c_str(), false);
  }
  history::Evidence told() const {
    history::Evidence evidence;
    pages.tell(evidence);
    return evidence;
  }
  std::string log() const { return read_whole(place.evidence + "/decisions.jsonl").value_or(""); }
};

long lines_in(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

faults::Key key_of(std::uint64_t nth, Call call = Call::write, unsigned channel = 1) {
  faults::Key key;
  key.process = 7;
  key.call = call;
  key.channel = static_cast<std::uint16_t>(channel);
  key.nth = nth;
  return key;
}

}  // namespace

TEST_CASE("pages are made for rules about calls and for handlers that are watched, and for nothing else") {
  const auto needed = [](const scenario::Scenario& scenario) {
    const Scratch scratch;
    const live::Place place = place_in(scratch);
    return live::FaultPages(planned(scenario), place).are_needed();
  };
  scenario::Scenario scenario = crowd_with({});
  CHECK_FALSE(needed(scenario));
  scenario.faults = {fault(Fault::Action::kill), fault(Fault::Action::storm)};
  CHECK_FALSE(needed(scenario));
  scenario.faults.push_back(fault(Fault::Action::delay));
  CHECK(needed(scenario));
  scenario = crowd_with({});
  scenario.expect = {"async-signal-safe"};
  CHECK(needed(scenario));
  scenario = crowd_with({});
  scenario.violates = {"async-signal-safe"};
  CHECK(needed(scenario));
}

TEST_CASE("a rule of the plan is the same rule on the page") {
  Fault error = fault(Fault::Action::error, "sender[1]");
  error.call = "write";
  error.error = EPIPE;
  error.when = {3, 9, 2};
  error.probability = 1 << 20;
  error.illegal = error.portable = true;
  error.channel = "lane";
  const Prepared made(crowd_with({fault(Fault::Action::kill), error}));
  REQUIRE(made.page->rule_count == 1);
  CHECK(made.page->seed == 42);
  const faults::Rule& rule = made.page->rules[0];
  CHECK(rule.action == Action::error);
  CHECK(rule.error == EPIPE);
  CHECK(rule.first == 3);
  CHECK(rule.last == 9);
  CHECK(rule.step == 2);
  CHECK(rule.probability == 1 << 20);
  CHECK(rule.illegal);
  CHECK(rule.portable);
  CHECK_FALSE(rule.any_channel);
  for (unsigned channel = 0; channel < 5; ++channel) CHECK(rule.channels.has(channel) == (channel < 3));
  for (unsigned process = 0; process < 5; ++process) CHECK(rule.targets.has(process) == (process == 1));
  CHECK(rule.calls.has(Call::sendmsg));
  CHECK_FALSE(rule.calls.has(Call::read));
  CHECK(std::string(rule.point).empty());
}

TEST_CASE("every action has its own, with what belongs to it") {
  Fault interrupt = fault(Fault::Action::interrupt);
  interrupt.call = "blocked";
  interrupt.signal = SIGUSR2;
  Fault delay = fault(Fault::Action::delay), yield = delay, at_point = delay,
        clock = fault(Fault::Action::clock);
  delay.delay_ns = {0, 5'000'000};
  at_point.point = "ipc/pipe/write";
  clock.jump_ms = -30'000;
  Fault shorter = fault(Fault::Action::shorten);
  shorter.call = "read";
  shorter.illegal = true;
  Fault spurious = fault(Fault::Action::spurious);
  spurious.call = "read";  // which this plan reaches
  spurious.illegal = true;
  const Prepared made(crowd_with({interrupt, delay, yield, at_point, clock, shorter, spurious}));
  REQUIRE(made.page->rule_count == 7);
  const faults::Rule* rules = made.page->rules;
  CHECK(rules[0].action == Action::interrupt);
  CHECK(rules[0].signal == SIGUSR2);
  CHECK(rules[0].any_channel);
  CHECK(rules[1].action == Action::delay);
  CHECK(rules[1].low == 0);
  CHECK(rules[1].high == 5'000'000);
  CHECK(rules[2].action == Action::yield);
  CHECK(std::string(rules[3].point) == "ipc/pipe/write");
  CHECK(rules[3].calls.empty());
  CHECK(rules[4].action == Action::clock);
  CHECK(rules[4].jump_ns == -30'000'000'000);
  CHECK(rules[5].action == Action::shorten);
  CHECK(rules[5].low == 0);
  CHECK(rules[5].high == 999);
  CHECK(rules[6].action == Action::spurious);
}

TEST_CASE("a process has the same identity in every scenario, and no other has it") {
  const Prepared one(crowd_with({fault(Fault::Action::delay)}));
  scenario::Scenario other = pair();
  other.faults = {fault(Fault::Action::delay)};
  const Prepared two(other);
  std::set<std::uint64_t> identities;
  for (const plan::Process& process : one.plan.processes)
    identities.insert(one.page->processes[process.number].identity);
  CHECK(identities.size() == one.plan.processes.size());
  CHECK(one.page->processes[0].identity == two.page->processes[0].identity);
  CHECK(one.page->processes[3].identity == two.page->processes[1].identity);  // receiver[0]
}

TEST_CASE("a channel is known by its object, its address or its key") {
  const auto identity = [](const char* transport) {
    scenario::Scenario scenario = pair();
    scenario.faults = {fault(Fault::Action::delay)};
    const Prepared made(scenario, transport);
    REQUIRE(made.page->channel_count == 1);
    return made.page->channels[0];
  };
  for (const char* transport : {"pipe", "fifo", "unix-dgram"}) {
    INFO(transport);
    CHECK(identity(transport).inode != 0);
  }
  CHECK(std::string(identity("posix-mq").address).rfind("/squall-live-", 0) == 0);
  CHECK(std::string(identity("unix-dgram").address).find("squall-test-") != std::string::npos);
  CHECK(identity("tcp").port != 0);
  CHECK(identity("sysv-mq").key != 0);
}

TEST_CASE("two channels are two objects") {
  const Prepared made(crowd_with({fault(Fault::Action::delay)}));
  REQUIRE(made.page->channel_count == 3);
  std::set<std::uint64_t> inodes;
  for (unsigned channel = 0; channel < 3; ++channel) inodes.insert(made.page->channels[channel].inode);
  CHECK(inodes.size() == 3);
}

TEST_CASE("more rules than a page holds are refused in words") {
  const Scratch scratch;
  const live::Place place = place_in(scratch);
  const plan::Plan plan =
      planned(crowd_with(std::vector<Fault>(faults::max_rules + 1, fault(Fault::Action::delay))));
  live::FaultPages pages(plan, place);
  CHECK(pages.make({}) == "33 rules about calls; at most 32");
}

TEST_CASE("an empty diary tells nothing") {
  const Prepared made(crowd_with({fault(Fault::Action::delay)}));
  const history::Evidence evidence = made.told();
  CHECK(evidence.fired.empty());
  CHECK(evidence.handlers.empty());
  CHECK(evidence.unsafe_calls.empty());
  CHECK(made.log().empty());
}

TEST_CASE("a rule that did something fired, at its first time, and is counted") {
  Fault delay = fault(Fault::Action::delay);
  const Prepared made(crowd_with({fault(Fault::Action::kill), delay}));
  faults::Diary& diary = made.diary(1);
  diary.occurrences[0] = 20;
  note(diary, key_of(4), 0, Action::delay, 500, 1'000)->effect = faults::Effect::missed;
  note(diary, key_of(7), 0, Action::delay, 500, 2'000);
  note(diary, key_of(9), 0, Action::delay, 500, 3'000);
  note(diary, key_of(12), 0, Action::delay, 500, 4'000)->effect = faults::Effect::refused;
  const history::Evidence evidence = made.told();
  REQUIRE(evidence.fired.size() == 1);
  CHECK(evidence.fired[0].rule == 1);
  CHECK(evidence.fired[0].process == 1);
  CHECK(evidence.fired[0].operation == 7);
  CHECK(evidence.fired[0].time_ns == 2'000);
  CHECK(evidence.fired[0].text == "delay at all at any call (sender[1], 2 of 20 occurrences)");
  const auto noted = [&](const std::string& part) {
    return std::any_of(evidence.notes.begin(), evidence.notes.end(),
                       [&](const std::string& note) { return contains(note, part); });
  };
  CHECK(noted("too late in sender[1]"));
  CHECK(noted("not legal where it was due in sender[1]"));
}

TEST_CASE("what was missed or refused alone did not happen") {
  const Prepared made(crowd_with({fault(Fault::Action::delay)}));
  note(made.diary(0), key_of(4), 0, Action::delay, 500, 1'000)->effect = faults::Effect::missed;
  CHECK(made.told().fired.empty());
}

TEST_CASE("the log is sorted by process and key, and has no times") {
  const Prepared made(crowd_with({fault(Fault::Action::kill), fault(Fault::Action::delay)}));
  note(made.diary(1), key_of(12), 0, Action::delay, 77, 3'111'111);
  note(made.diary(1), key_of(2, Call::read, 0), 0, Action::yield, 0, 4'222'222);
  note(made.diary(0), key_of(5, Call::poll, 3), 0, Action::delay, 1, 1);
  made.told();
  CHECK(made.log() ==
        "{\"process\":\"sender[0]\",\"lineage\":\"0000000000000007\",\"thread\":\"00000000\",\"depth\":0,"
        "\"rule\":1,"
        "\"call\":\"poll\",\"channel\":\"lane[2]\",\"nth\":5,\"action\":\"delay\",\"value\":1}\n"
        "{\"process\":\"sender[1]\",\"lineage\":\"0000000000000007\",\"thread\":\"00000000\",\"depth\":0,"
        "\"rule\":1,"
        "\"call\":\"read\",\"channel\":\"\",\"nth\":2,\"action\":\"yield\",\"value\":0}\n"
        "{\"process\":\"sender[1]\",\"lineage\":\"0000000000000007\",\"thread\":\"00000000\",\"depth\":0,"
        "\"rule\":1,"
        "\"call\":\"write\",\"channel\":\"lane[0]\",\"nth\":12,\"action\":\"delay\",\"value\":77}\n");
}

TEST_CASE("a decision that was being written when its process was killed is not in the log") {
  const Prepared made(crowd_with({fault(Fault::Action::delay)}));
  note(made.diary(0), key_of(1), 0, Action::delay, 1, 1)->complete = 0;
  note(made.diary(0), key_of(2), 0, Action::delay, 1, 1);
  CHECK(made.told().fired.at(0).operation == 2);
  CHECK(lines_in(made.log()) == 1);
}

TEST_CASE("of a short transfer the log has the permille, whatever was left of the request") {
  Fault shorter = fault(Fault::Action::shorten);
  shorter.call = "read";
  shorter.illegal = true;
  const Prepared made(crowd_with({shorter}));
  note(made.diary(3), key_of(3, Call::read), 0, Action::shorten, 4096, 1);
  made.told();
  const faults::Choice drawn = faults::decide(42, made.page->rules[0], 0, key_of(3, Call::read));
  CHECK(contains(made.log(), "\"action\":\"short\",\"value\":" + std::to_string(drawn.value) + "}"));
  CHECK(drawn.value < 1000);
}

TEST_CASE("more decisions than a diary holds are counted as dropped") {
  const Prepared made(crowd_with({fault(Fault::Action::delay)}));
  faults::Diary& diary = made.diary(0);
  for (unsigned i = 1; i <= faults::max_decisions + 5; ++i) note(diary, key_of(i), 0, Action::delay, 1, 1);
  const history::Evidence evidence = made.told();
  CHECK(std::any_of(evidence.notes.begin(), evidence.notes.end(), [](const std::string& note) {
    return contains(note, "sender[0]: 5 decisions were made and not kept");
  }));
  CHECK(lines_in(made.log()) == faults::max_decisions);
}

TEST_CASE("what handlers did is evidence, signal by signal") {
  scenario::Scenario scenario = pair();
  scenario.expect = {"async-signal-safe"};
  const Prepared made(scenario);
  CHECK(made.page->watch_handlers);
  faults::Diary& diary = made.diary(1);
  diary.deepest = 3;
  diary.signals[SIGUSR1].entered = 10;
  diary.signals[SIGUSR1].nested = 2;
  diary.signals[SIGUSR1].spoiled = 1;
  diary.signals[SIGUSR1].longest_ns = 77;
  const history::Evidence evidence = made.told();
  REQUIRE(evidence.handlers.size() == 1);
  CHECK(evidence.handlers[0].process == 1);
  CHECK(evidence.handlers[0].signal == SIGUSR1);
  CHECK(evidence.handlers[0].entered == 10);
  CHECK(evidence.handlers[0].nested == 2);
  CHECK(evidence.handlers[0].spoiled == 1);
  CHECK(evidence.handlers[0].longest_ns == 77);
  CHECK(evidence.handlers[0].deepest == 3);
}
