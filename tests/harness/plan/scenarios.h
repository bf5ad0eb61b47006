// Scenarios by hand, for tests of what follows from them.
#pragma once

#include "harness/plan/plan.h"
#include "tests/catch.h"

#include <string>
#include <utility>
#include <vector>

namespace squall::tests {

inline scenario::Process role(std::string name, unsigned count = 1, std::string does = "send") {
  scenario::Process process;
  process.role = std::move(name);
  process.count = count;
  process.does = std::move(does);
  return process;
}

inline scenario::Channel channel(std::string name, std::vector<std::string> from, std::vector<std::string> to,
                                 scenario::Wiring wiring = scenario::Wiring::shared) {
  scenario::Channel made;
  made.name = std::move(name);
  made.from = std::move(from);
  made.to = std::move(to);
  made.wiring = wiring;
  return made;
}

inline scenario::Scenario pair() {
  scenario::Scenario scenario;
  scenario.name = "pair";
  scenario.processes = {role("sender"), role("receiver", 1, "receive")};
  scenario.channels = {channel("work", {"sender"}, {"receiver"})};
  scenario.expect = {"exactly-once"};
  return scenario;
}

inline const plan::Names& names() {
  static const plan::Names names{"squall-0a1b2c3d-7", "/tmp/squall-0a1b2c3d/7"};
  return names;
}

using Outcome = std::variant<plan::Plan, plan::Unsupported>;

inline Outcome try_plan(const scenario::Scenario& scenario, const char* transport = "pipe",
                        std::uint64_t seed = 1, std::uint32_t needs = 0) {
  return plan::make_plan(scenario, transport ? ipc::find_transport(transport) : nullptr, seed, names(),
                         [needs](std::string_view) { return needs; });
}

inline plan::Plan planned(const scenario::Scenario& scenario, const char* transport = "pipe",
                          std::uint64_t seed = 1) {
  Outcome outcome = try_plan(scenario, transport, seed);
  if (auto* unsupported = std::get_if<plan::Unsupported>(&outcome)) FAIL(unsupported->reason);
  return std::get<plan::Plan>(std::move(outcome));
}

inline std::string objection(const Outcome& outcome) {
  const auto* unsupported = std::get_if<plan::Unsupported>(&outcome);
  return unsupported == nullptr ? "" : unsupported->reason;
}

}  // namespace squall::tests
