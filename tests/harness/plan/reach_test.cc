// What a rule can reach: no case is begun whose fault could never happen in it.
#include "harness/plan/reach.h"

#include "tests/harness/plan/scenarios.h"

#include <cerrno>
#include <csignal>
#include <set>

using namespace squall;
using namespace squall::tests;
using faults::Call;
using scenario::Fault;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Fault rule(Fault::Action action, const std::string& call = "", const std::string& at = "all") {
  Fault fault;
  fault.action = action;
  fault.at = at;
  fault.call = call;
  return fault;
}

Fault failing(const std::string& call, int error, const std::string& at = "all") {
  Fault fault = rule(Fault::Action::error, call, at);
  fault.error = error;
  return fault;
}

Fault short_transfer(const std::string& call = "read") { return rule(Fault::Action::shorten, call); }

Fault optional(Fault fault) {
  fault.optional = true;
  return fault;
}

scenario::Scenario pair_with(std::vector<Fault> faults, std::uint64_t bytes = 9000) {
  scenario::Scenario scenario = pair();
  scenario.faults = std::move(faults);
  if (bytes != 0) scenario.processes[0].size = scenario::Range{1, bytes};
  return scenario;
}

std::string objection_to(const Fault& fault, const char* transport = "pipe") {
  return objection(try_plan(pair_with({fault}, 0), transport));
}

/// The faults that are left of those of a fire.
std::vector<std::string> left_of(const std::vector<Fault>& fire, const char* transport) {
  scenario::Scenario scenario = pair_with({}, 0);
  for (const Fault& fault : fire) scenario.faults.push_back(optional(fault));
  std::vector<std::string> texts;
  for (const plan::Rule& rule : planned(scenario, transport).rules) texts.push_back(rule.text);
  return texts;
}

}  // namespace

TEST_CASE("every transport that has calls of its own is in the table, by its own name") {
  const std::set<std::string_view> without_calls{"shm-ring"};
  for (const ipc::Transport* transport : ipc::transports()) {
    INFO(transport->name());
    faults::CallSet both;
    for (const ipc::Side side : {ipc::Side::sender, ipc::Side::receiver})
      for (std::size_t i = 0; i < faults::calls().size(); ++i)
        if (plan::reach_of(transport->name(), side).calls.has(static_cast<Call>(i)))
          both.add(static_cast<Call>(i));
    CHECK(both.empty() == without_calls.contains(transport->name()));
  }
  CHECK(plan::reach_of("no-such-transport", ipc::Side::sender).calls.empty());
}

TEST_CASE("the sides of a transport make different calls") {
  CHECK(plan::reach_of("pipe", ipc::Side::sender).calls.has(Call::write));
  CHECK_FALSE(plan::reach_of("pipe", ipc::Side::sender).calls.has(Call::read));
  CHECK(plan::reach_of("posix-mq", ipc::Side::receiver).calls.has(Call::mq_receive));
  CHECK(plan::reach_of("tcp", ipc::Side::receiver).object == faults::Object::tcp);
}

TEST_CASE("a rule means the calls that it names, those of a group, the waiting ones, or all") {
  const auto means = [](const Fault& fault, Call call) { return plan::calls_of(fault).has(call); };
  CHECK(means(rule(Fault::Action::delay, "recvmsg"), Call::recvmsg));
  CHECK_FALSE(means(rule(Fault::Action::delay, "recvmsg"), Call::recv));
  CHECK(means(rule(Fault::Action::shorten, "read"), Call::recv));
  CHECK(means(rule(Fault::Action::interrupt, "blocked"), Call::msgrcv));
  CHECK_FALSE(means(rule(Fault::Action::interrupt, "blocked"), Call::close));
  CHECK(means(rule(Fault::Action::delay), Call::close));
  CHECK(means(rule(Fault::Action::clock), Call::clock_gettime));
  CHECK_FALSE(means(rule(Fault::Action::clock), Call::read));
}

TEST_CASE("a transfer is never short where messages have boundaries") {
  for (const char* transport : {"posix-mq", "unix-dgram", "unix-seqpacket", "eventfd"}) {
    INFO(transport);
    CHECK_FALSE(objection_to(short_transfer(), transport).empty());
  }
  CHECK(objection_to(short_transfer(), "tcp").empty());
  CHECK(contains(objection_to(short_transfer(), "posix-mq"), "no call 'read' of all can be reached there"));
  CHECK(contains(objection_to(short_transfer(), "unix-dgram"), "no kernel does that on unix-dgram"));
}

TEST_CASE("what fits into PIPE_BUF is written whole, what does not may be short") {
  CHECK(contains(objection(try_plan(pair_with({short_transfer("write")}, 100))),
                 "no kernel does that on pipe"));
  CHECK(objection(try_plan(pair_with({short_transfer("write")}, 9000))) == "");
}

TEST_CASE("an error that no kernel gives there is refused, unless it is meant to be illegal") {
  Fault fault = failing("write", ENOMEM);
  CHECK(contains(objection_to(fault), "no kernel does that on pipe"));
  fault.illegal = true;
  CHECK(objection_to(fault).empty());
}

TEST_CASE("what POSIX alone allows happens only to those who ask for it") {
  Fault fault = failing("write", EAGAIN);
  scenario::Scenario scenario = pair_with({fault}, 0);
  scenario.channels[0].blocking = false;
  CHECK(contains(objection(try_plan(scenario)), "no kernel does that"));
  scenario.faults[0].portable = true;
  CHECK(objection(try_plan(scenario)) == "");
  scenario.channels[0].blocking = true;
  CHECK(contains(objection(try_plan(scenario)), "no kernel does that"));
}

TEST_CASE("a call that nobody makes there is never reached") {
  CHECK(contains(objection_to(failing("mq_send", EINTR)), "no call 'mq_send' of all can be reached there"));
  CHECK(
      contains(objection_to(rule(Fault::Action::delay, "read", "sender")), "of sender can be reached there"));
  CHECK(objection_to(rule(Fault::Action::delay, "read", "receiver")).empty());
}

TEST_CASE("forked processes make their calls unseen") {
  scenario::Scenario scenario = pair_with({rule(Fault::Action::interrupt, "blocked")}, 0);
  scenario.fork = true;
  CHECK(contains(objection(try_plan(scenario, "shm-fork")), "forked processes make their calls unseen"));
  CHECK(contains(objection(try_plan(scenario, "pipe")), "forked processes make their calls unseen"));
  scenario.faults = {rule(Fault::Action::storm)};
  CHECK(objection(try_plan(scenario, "shm-fork")) == "");
}

TEST_CASE("a point is passed by forked processes too") {
  scenario::Scenario scenario = pair_with({rule(Fault::Action::delay)}, 0);
  scenario.fork = true;
  scenario.faults[0].point = "ipc/pipe/write";
  CHECK(objection(try_plan(scenario)) == "");
}

TEST_CASE("a rule about a channel needs calls that tell which channel they are on") {
  Fault fault = rule(Fault::Action::delay);
  fault.channel = "work";
  CHECK(objection_to(fault, "pipe").empty());
  CHECK(objection_to(fault, "sysv-mq").empty());
  for (const char* transport : {"shm-mutex", "eventfd", "signal-queue"}) {
    INFO(transport);
    CHECK(contains(objection_to(fault, transport), "no call of all can be reached there"));
    CHECK(objection_to(rule(Fault::Action::delay), transport).empty());
  }
}

TEST_CASE("a rule about a channel looks at that channel alone") {
  scenario::Scenario scenario = pair_with({short_transfer()}, 0);
  scenario.channels.push_back(channel("other", {"sender"}, {"receiver"}));
  scenario.channels[0].transport = "unix-dgram";
  scenario.channels[1].transport = "tcp";
  CHECK(objection(try_plan(scenario, nullptr)) == "");
  scenario.faults[0].channel = "other";
  CHECK(objection(try_plan(scenario, nullptr)) == "");
  scenario.faults[0].channel = "work";
  CHECK(contains(objection(try_plan(scenario, nullptr)), "no kernel does that on unix-dgram"));
}

TEST_CASE("a program of the user's makes what calls it likes, and the clock is looked at anywhere") {
  scenario::Scenario scenario = pair_with({failing("mmap", ENOMEM, "receiver")}, 0);
  CHECK_FALSE(objection(try_plan(scenario)).empty());
  scenario.processes[1].run = {"cat"};
  CHECK(objection(try_plan(scenario)).empty());
  CHECK(objection_to(rule(Fault::Action::clock), "shm-ring").empty());
}

TEST_CASE("the rule that can never happen is named") {
  const Outcome outcome = try_plan(
      pair_with({rule(Fault::Action::kill), rule(Fault::Action::delay), short_transfer()}, 0), "posix-mq");
  REQUIRE(std::holds_alternative<plan::Unsupported>(outcome));
  CHECK(std::get<plan::Unsupported>(outcome).rule == 2U);
}

TEST_CASE("of a fire, what can never happen is left out and the rest is kept") {
  const std::vector<Fault> fire{short_transfer(), rule(Fault::Action::delay), failing("close", EIO)};
  CHECK(left_of(fire, "posix-mq") == std::vector<std::string>{"delay at all at any call"});
  CHECK(left_of(fire, "tcp") ==
        std::vector<std::string>{"short transfer at all at any read", "delay at all at any call"});
}

TEST_CASE(
    "a fire of which nothing can happen makes a case impossible, and so does a fault of the scenario's") {
  CHECK_FALSE(objection(try_plan(pair_with({optional(short_transfer())}, 0), "posix-mq")).empty());
  CHECK(objection(try_plan(pair_with({optional(rule(Fault::Action::delay)), short_transfer()}, 0),
                           "posix-mq")) != "");
  CHECK(objection(try_plan(pair_with({optional(short_transfer()), rule(Fault::Action::kill)}, 0),
                           "posix-mq")) != "");
}

TEST_CASE("`fill: all` fills each channel by a rule of its own") {
  scenario::Scenario scenario = pair_with({rule(Fault::Action::fill)}, 0);
  scenario.faults[0].at = "";
  scenario.faults[0].channel = "all";
  scenario.channels.push_back(channel("other", {"sender"}, {"receiver"}));
  const plan::Plan plan = planned(scenario, "pipe");
  REQUIRE(plan.rules.size() == 2);
  CHECK(plan.rules[0].channels == std::vector<unsigned>{0});
  CHECK(plan.rules[1].channels == std::vector<unsigned>{1});
  CHECK(plan.rules[1].text == "fill other before anybody receives");
}

TEST_CASE("a plan with rules about calls survives the way through JSON") {
  Fault storm = rule(Fault::Action::storm);
  storm.signal = SIGRTMIN + 3;
  storm.rate_hz = 20'000;
  storm.burst = 4;
  storm.hold = 8;
  storm.threads = scenario::Threads::all;
  storm.restart = storm.nodefer = true;
  Fault error = optional(failing("write", EIO));
  error.illegal = error.portable = true;
  error.probability = 12345;
  Fault delay = rule(Fault::Action::delay);
  delay.delay_ns = {5, 60'000'000'000};
  Fault clock = rule(Fault::Action::clock);
  clock.jump_ms = -86'400'000;
  const std::string text = plan::to_json(planned(pair_with({storm, error, delay, clock}, 0)));
  const plan::Plan read = plan::from_json(text);
  CHECK(plan::to_json(read) == text);
  CHECK(read.rules[0].fault.signal == SIGRTMIN + 3);
  CHECK(read.rules[0].fault.rate_hz == 20'000);
  CHECK(read.rules[0].fault.hold == 8);
  CHECK(read.rules[0].fault.threads == scenario::Threads::all);
  CHECK(read.rules[0].fault.nodefer);
  CHECK(read.rules[1].fault.error == EIO);
  CHECK(read.rules[1].fault.probability == 12345);
  CHECK(read.rules[1].fault.illegal);
  CHECK(read.rules[1].fault.optional);
  CHECK(read.rules[2].fault.delay_ns.high == 60'000'000'000);
  CHECK(read.rules[3].fault.jump_ms == -86'400'000);
}
