#include "tests/harness/plan/scenarios.h"

#include <nlohmann/json.hpp>

#include <set>

using namespace squall;
using namespace squall::tests;
using scenario::Fault;
using scenario::Wiring;

namespace {

using Numbers = std::vector<unsigned>;

Fault fault(Fault::Action action, const std::string& at) {
  Fault made;
  made.action = action;
  made.at = at;
  return made;
}

scenario::Scenario crowd() {
  scenario::Scenario scenario;
  scenario.name = "crowd";
  scenario.processes = {role("producer", 3), role("consumer", 3, "receive"), role("judge", 1, "receive")};
  scenario.channels = {channel("lane", {"producer"}, {"consumer"}, Wiring::each),
                       channel("reports", {"consumer"}, {"judge"})};
  return scenario;
}

plan::Rule rule(const Fault& fault) {
  scenario::Scenario scenario = crowd();
  scenario.faults = {fault};
  return planned(scenario).rules.at(0);
}

}  // namespace

TEST_CASE("roles become processes, numbered through") {
  const plan::Plan plan = planned(crowd());
  REQUIRE(plan.processes.size() == 7);
  CHECK(plan.processes[4].name() == "consumer[1]");
  CHECK(plan.processes[4].number == 4);
  CHECK(plan.processes[4].index == 1);
  CHECK(plan.processes[6].name() == "judge[0]");
}

TEST_CASE("a shared channel is one channel between all") {
  scenario::Scenario scenario = crowd();
  scenario.channels = {channel("work", {"producer", "judge"}, {"consumer"})};
  const plan::Plan plan = planned(scenario, "unix-dgram");
  REQUIRE(plan.channels.size() == 1);
  CHECK(plan.channels[0].name == "work");
  CHECK(plan.channels[0].senders == Numbers{0, 1, 2, 6});
  CHECK(plan.channels[0].receivers == Numbers{3, 4, 5});
  CHECK(plan.channels[0].options.writers == 4);
  CHECK(plan.channels[0].options.readers == 3);
  CHECK(plan.processes[6].sends == Numbers{0});
  CHECK(plan.processes[3].receives == Numbers{0});
}

TEST_CASE("`each` makes a channel a pair") {
  const plan::Plan plan = planned(crowd());
  REQUIRE(plan.channels.size() == 4);
  CHECK(plan.channels[2].name == "lane[2]");
  CHECK(plan.channels[2].base == "lane");
  CHECK(plan.channels[2].senders == Numbers{2});
  CHECK(plan.channels[2].receivers == Numbers{5});
  CHECK(plan.processes[5].receives == Numbers{2});
  CHECK(plan.processes[5].sends == Numbers{3});
}

TEST_CASE("`each` with one process on a side gives it every channel") {
  scenario::Scenario scenario = crowd();
  scenario.channels = {channel("reply", {"judge"}, {"consumer"}, Wiring::each)};
  const plan::Plan plan = planned(scenario);
  REQUIRE(plan.channels.size() == 3);
  CHECK(plan.processes[6].sends == Numbers{0, 1, 2});
  CHECK(plan.channels[1].receivers == Numbers{4});
}

TEST_CASE("a ring leads from each to the next and from the last to the first") {
  scenario::Scenario scenario;
  scenario.processes = {role("node", 3, "pass")};
  scenario.channels = {channel("next", {"node"}, {"node"}, Wiring::ring)};
  const plan::Plan plan = planned(scenario);
  REQUIRE(plan.channels.size() == 3);
  CHECK(plan.channels[2].name == "next[2]");
  CHECK(plan.channels[2].senders == Numbers{2});
  CHECK(plan.channels[2].receivers == Numbers{0});
}

TEST_CASE("every channel has a name and a directory of the case, and no two the same") {
  const plan::Plan plan = planned(crowd());
  std::set<std::string> found;
  for (const plan::Channel& channel : plan.channels) {
    CHECK(channel.options.name.rfind(names().prefix + "-", 0) == 0);
    CHECK(channel.options.directory == names().directory);
    CHECK(channel.options.name.size() <= 60);
    found.insert(channel.options.name);
  }
  CHECK(found.size() == plan.channels.size());
}

TEST_CASE("a rule strikes a role, one of it, or all, and each of them counts for itself") {
  CHECK(rule(fault(Fault::Action::kill, "producer")).targets == Numbers{0, 1, 2});
  CHECK(rule(fault(Fault::Action::kill, "producer")).triggers == Numbers{0, 1, 2});
  CHECK(rule(fault(Fault::Action::kill, "consumer[1]")).targets == Numbers{4});
  CHECK(rule(fault(Fault::Action::kill, "all")).targets == Numbers{0, 1, 2, 3, 4, 5, 6});
  CHECK(rule(fault(Fault::Action::kill, "consumer[3]")).targets.empty());
}

TEST_CASE("`of` makes somebody else's operations count") {
  Fault made = fault(Fault::Action::stop, "judge");
  made.of = "consumer[2]";
  CHECK(rule(made).targets == Numbers{6});
  CHECK(rule(made).triggers == Numbers{5});
}

TEST_CASE("a rule about a channel is about all its instances") {
  Fault made = fault(Fault::Action::kill, "producer");
  made.channel = "lane";
  CHECK(rule(made).channels == Numbers{0, 1, 2});
  made.channel = "";
  CHECK(rule(made).channels.empty());
}

TEST_CASE("a rule says what it does") {
  Fault made = fault(Fault::Action::kill, "producer[1]");
  made.when = {11, 11, 1};
  made.call = "send";
  CHECK(rule(made).text == "kill (signal 9) producer[1] at the 11th send");
  made.when = {22, 22, 1};
  made.call = "";
  made.of = "judge";
  CHECK(rule(made).text == "kill (signal 9) producer[1] at the 22nd operation of judge");
  made = fault(Fault::Action::stop, "judge");
  made.resume_ms = 50;
  made.point = "ipc/pipe/tail";
  CHECK(rule(made).text == "stop judge for 50 ms at the 1st passage of ipc/pipe/tail");
  made = fault(Fault::Action::fill, "");
  made.channel = "reports";
  CHECK(rule(made).text == "fill reports before anybody receives");
}

TEST_CASE("the longest message is the largest payload of all senders and its tag") {
  scenario::Scenario scenario = pair();
  CHECK(planned(scenario).channels[0].options.max_message == 64);
  scenario.processes[0].size = scenario::Range{1, 100};
  CHECK(planned(scenario).channels[0].options.max_message == 108);
  scenario.processes[0].size = scenario::Range{0, 0};
  CHECK(planned(scenario).channels[0].options.max_message == 8);
}

TEST_CASE("a relay's channel has room for what others make") {
  scenario::Scenario scenario;
  scenario.processes = {role("sender"), role("relay", 1, "relay"), role("receiver", 1, "receive")};
  scenario.processes[0].size = scenario::Range{1, 500};
  scenario.channels = {channel("in", {"sender"}, {"relay"}), channel("out", {"relay"}, {"receiver"})};
  CHECK(planned(scenario).channels[1].options.max_message == 508);
}

TEST_CASE("messages fit a transport that carries less than the usual size, where no size is asked for") {
  for (const ipc::Transport* transport : ipc::transports()) {
    scenario::Scenario scenario = pair();
    scenario.fork = true;
    const Outcome outcome = try_plan(scenario, std::string(transport->name()).c_str());
    INFO(transport->name() << ": " << objection(outcome));
    if (const auto* plan = std::get_if<plan::Plan>(&outcome))
      CHECK(plan->channels[0].options.max_message <= transport->limits().max_message);
  }
}

TEST_CASE("the same scenario, transport, seed and names give the same plan") {
  CHECK(plan::to_json(planned(crowd(), "pipe", 7)) == plan::to_json(planned(crowd(), "pipe", 7)));
}

TEST_CASE("every process of every seed draws from a seed of its own") {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    for (const plan::Process& process : planned(crowd(), "pipe", seed).processes) seeds.insert(process.seed);
  CHECK(seeds.size() == 50 * 7);
}

TEST_CASE("a scenario whose channels are all pinned needs no transport") {
  scenario::Scenario scenario = pair();
  CHECK_FALSE(plan::pins_every_channel(scenario));
  scenario.channels[0].transport = "fifo";
  CHECK(plan::pins_every_channel(scenario));
  const plan::Plan plan = planned(scenario, nullptr);
  CHECK(plan.transport == "pinned");
  CHECK(plan.channels[0].transport == "fifo");
}

TEST_CASE("a pinned channel keeps its transport beside others") {
  scenario::Scenario scenario = crowd();
  scenario.channels[1].transport = "unix-dgram";
  const plan::Plan plan = planned(scenario, "pipe");
  CHECK(plan.channels[0].transport == "pipe");
  CHECK(plan.channels[3].transport == "unix-dgram");
}

TEST_CASE("a plan survives the way through JSON, the largest numbers included") {
  scenario::Scenario scenario = crowd();
  scenario.fork = true;
  scenario.violates = {"intact"};
  scenario.deadline_ms = UINT64_MAX;
  scenario::Process& process = scenario.processes[0];

  process.size = scenario::Range{1, 9};
  process.messages = 5;
  process.environment = {{"A", "ü"}};
  process.with = {{"pause", "5"}};
  process.exits = {0, -9};
  process.sigpipe = "default";
  process.peer = true;
  process.run = {"cat", "", "-n"};
  scenario.faults = {fault(Fault::Action::stop, "all")};
  scenario.faults[0].when = {3, UINT64_MAX, 2};
  const plan::Plan plan = planned(scenario, "pipe", UINT64_MAX);
  const std::string text = plan::to_json(plan);
  const plan::Plan read = plan::from_json(text);
  CHECK(plan::to_json(read) == text);
  CHECK(read.seed == UINT64_MAX);
  CHECK(read.processes[0].is.size->high == 9);
  CHECK(read.processes[0].is.run == process.run);
  CHECK_FALSE(read.processes[3].is.size.has_value());
  CHECK(read.rules[0].fault.when.last == UINT64_MAX);
  CHECK(read.rules[0].fault.action == Fault::Action::stop);
  CHECK(read.channels[0].options.directory == names().directory);
}

TEST_CASE("what is no plan is refused") {
  for (const char* text : {"", "{}", "[1]", "{\"scenario\": 1}"})
    CHECK_THROWS_AS(plan::from_json(text), nlohmann::json::exception);
}
