// Every reason for which a combination is left out.
#include "tests/harness/plan/scenarios.h"

using namespace squall;
using namespace squall::tests;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a scenario about other transports is left out") {
  scenario::Scenario scenario = pair();
  scenario.transports = {"fifo"};
  CHECK(objection(try_plan(scenario, "pipe")) == "the scenario is about other transports");
  CHECK(objection(try_plan(scenario, "fifo")) == "");
}

TEST_CASE("a capability that the scenario needs and the transport lacks is named") {
  scenario::Scenario scenario = pair();
  scenario.needs = {"payload", "priority"};
  CHECK(objection(try_plan(scenario, "pipe")) == "the scenario needs priority");
}

TEST_CASE("a property that needs what the transport lacks is named") {
  const auto needs = static_cast<std::uint32_t>(ipc::Capability::durable);
  CHECK(objection(try_plan(pair(), "pipe", 1, needs)) == "exactly-once needs durable");
}

TEST_CASE("a transport that reaches forked processes only carries no programs") {
  scenario::Scenario scenario = pair();
  CHECK(contains(objection(try_plan(scenario, "shm-fork")), "forked processes only"));
  scenario.fork = true;
  CHECK(objection(try_plan(scenario, "shm-fork")) == "");
}

TEST_CASE("several writers or readers need a transport that takes them") {
  for (const ipc::Transport* transport : ipc::transports()) {
    scenario::Scenario writers = pair(), readers = pair();
    writers.fork = readers.fork = true;
    writers.processes[0].count = readers.processes[1].count = 2;
    const std::string name(transport->name());
    INFO(name);
    if (!transport->capabilities().has(ipc::Capability::many_writers))
      CHECK(contains(objection(try_plan(writers, name.c_str())), "it has one writer"));
    if (!transport->capabilities().has(ipc::Capability::many_readers))
      CHECK(contains(objection(try_plan(readers, name.c_str())), "it has one reader"));
  }
}

TEST_CASE("messages above the limit of the transport are too long") {
  scenario::Scenario scenario = pair();
  const std::size_t limit = ipc::find_transport("unix-dgram")->limits().max_message;
  scenario.processes[0].size = scenario::Range{1, limit - 8};
  CHECK(objection(try_plan(scenario, "unix-dgram")) == "");
  scenario.processes[0].size = scenario::Range{1, limit - 7};
  CHECK(contains(objection(try_plan(scenario, "unix-dgram")), "it carries at most"));
}

TEST_CASE("what counts carries no bytes") {
  scenario::Scenario scenario = pair();
  scenario.processes[0].size = scenario::Range{1, 8};
  CHECK(contains(objection(try_plan(scenario, "eventfd")), "it counts and carries no bytes"));
}

TEST_CASE("long messages of several writers interleave on a pipe") {
  scenario::Scenario scenario = pair();
  scenario.processes[0].size = scenario::Range{1, 8000};
  CHECK(objection(try_plan(scenario, "pipe")) == "");
  scenario.processes[0].count = 2;
  CHECK(contains(objection(try_plan(scenario, "pipe")), "of several writers interleave"));
}

TEST_CASE("the objection to a pinned channel names its transport") {
  scenario::Scenario scenario = pair();
  scenario.processes[1].count = 2;
  scenario.channels[0].transport = "no-such-transport";
  CHECK(objection(try_plan(scenario, nullptr)) == "transport no-such-transport is not built in");
  scenario.channels[0].transport = "eventfd";
  scenario.processes[0].size = scenario::Range{1, 8};
  CHECK(contains(objection(try_plan(scenario, nullptr)), "eventfd: "));
}
