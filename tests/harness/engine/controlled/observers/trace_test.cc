// Traces, as the Perfetto UI would read them.
#include "harness/engine/controlled/trace/trace.h"

#include "tests/catch.h"
#include "tests/harness/engine/controlled/observers/observed.h"

#include <nlohmann/json.hpp>

#include <set>

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;
using nlohmann::json;

namespace {

struct Traced {
  json events;
  Execution last;

  std::vector<json> of_kind(const std::string& phase, const std::string& name = "") const {
    std::vector<json> found;
    for (const json& event : events)
      if (event["ph"] == phase && (name.empty() || event["name"] == name)) found.push_back(event);
    return found;
  }
};

Traced traced(const std::string& name) {
  Settings settings = observed(name);
  TraceWriter trace;
  settings.observers.push_back(&trace);
  settings.words = true;
  Traced traced;
  traced.last = explored(settings, 1, "exhaustive").last;
  const json parsed = json::parse(trace.text(), nullptr, false);
  REQUIRE(parsed.is_object());
  traced.events = parsed["traceEvents"];
  return traced;
}

}  // namespace

TEST_CASE("a trace has a track a process and a slice a step") {
  const Traced trace = traced("messages");
  INFO(trace.last.what);
  CHECK(trace.last.failure == Failure::none);
  CHECK(trace.of_kind("M", "process_name").size() == 2);
  const auto slices = trace.of_kind("X");
  REQUIRE(slices.size() == trace.last.steps.size());
  std::set<int> processes;
  for (const json& slice : slices) {
    processes.insert(slice["pid"].get<int>());
    CHECK(slice["dur"].get<int>() >= 1);
    CHECK_FALSE(slice["args"]["words"].get<std::string>().empty());
  }
  CHECK(processes == std::set<int>{1, 2});
}

TEST_CASE("an arrow leads from a write to the read that took it, and from kill to the signal") {
  const Traced trace = traced("messages");
  const auto check_arrow = [&](const char* name, std::size_t number, int sender, int receiver) {
    INFO(name << " " << number);
    const auto from = trace.of_kind("s", name), to = trace.of_kind("f", name);
    REQUIRE(from.size() > number);
    REQUIRE(to.size() == from.size());
    CHECK(from[number]["id"] == to[number]["id"]);
    CHECK(from[number]["pid"] == sender);
    CHECK(to[number]["pid"] == receiver);
    CHECK(from[number]["ts"].get<int>() < to[number]["ts"].get<int>());
  };
  check_arrow("message", 0, 1, 2);
  check_arrow("message", 1, 2, 1);
  check_arrow("signal", 0, 1, 2);
}

TEST_CASE("a call that waits for ever lasts until the end, and the violation is marked") {
  const Traced trace = traced("deadlock");
  REQUIRE(trace.last.failure == Failure::deadlock);
  const auto reads = trace.of_kind("X", "read");
  const bool lasts = std::any_of(reads.begin(), reads.end(), [&](const json& read) {
    return read["ts"].get<std::size_t>() + read["dur"].get<std::size_t>() == trace.last.steps.size();
  });
  CHECK(lasts);
  CHECK(trace.of_kind("i", "deadlock").size() == 1);
}

TEST_CASE("a receive takes one message and a read takes all, of others alone") {
  Arrows arrows;
  arrows.sent(1, 0, 3);
  arrows.sent(1, 0, 4);
  arrows.received(1, 1, Passing::takes_one, 5);
  REQUIRE(arrows.all().size() == 1);
  CHECK(arrows.all()[0].from == 3);
  arrows.sent(1, 0, 6);
  arrows.received(1, 1, Passing::takes_all, 6);
  REQUIRE(arrows.all().size() == 2);
  CHECK(arrows.all()[1].from == 4);
  arrows.received(1, 0, Passing::takes_all, 9);
  CHECK(arrows.all().size() == 2);
}
