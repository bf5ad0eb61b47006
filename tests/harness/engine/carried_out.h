// Small scenarios, carried out by the live engine in a forked child, as the guardian would.
#pragma once

#include "harness/engine/live/supervisor.h"
#include "harness/history/evidence_io.h"
#include "tests/golden.h"
#include "tests/harness/child.h"
#include "tests/harness/plan/scenarios.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace squall::tests {

/// Everybody's names are this process's own.
inline live::Place place_in(const Scratch& scratch) {
  static unsigned number = 0;
  const live::Place place{scratch / "evidence",
                          scratch / "work",
                          SQUALL_BINARY_DIR "/bin/squall-worker",
                          {},
                          SQUALL_BINARY_DIR "/bin/libsquall-preload.so",
                          "squall-live-" + std::to_string(getpid()) + "-" + std::to_string(++number),
                          false};
  std::filesystem::create_directory(place.evidence);
  std::filesystem::create_directory(place.work);
  return place;
}

/// The evidence as squall would read it, and what was decided.
struct Carried {
  history::Evidence evidence;
  std::string decisions;
};

inline Carried carried_out_and_logged(const scenario::Scenario& scenario, const char* transport = "pipe") {
  const Scratch scratch;
  const live::Place place = place_in(scratch);
  auto planned = plan::make_plan(scenario, ipc::find_transport(transport), 1, {place.prefix, place.work},
                                 [](auto) { return 0u; });
  INFO(objection(planned));
  REQUIRE(std::holds_alternative<plan::Plan>(planned));
  const int status = status_of(
      [&] {
        return history::write_evidence(live::carry_out(std::get<plan::Plan>(planned), place), place.evidence)
                   ? 0
                   : 1;
      },
      60 * second_ns);
  REQUIRE(status == 0);
  auto evidence = history::read_evidence(place.evidence);
  REQUIRE(evidence);
  return {*evidence, read_whole(place.evidence + "/decisions.jsonl").value_or("")};
}

inline history::Evidence carried_out(const scenario::Scenario& scenario, const char* transport = "pipe") {
  return carried_out_and_logged(scenario, transport).evidence;
}

inline long count(const history::Evidence& evidence, unsigned process, history::Call call,
                  history::Status status) {
  return std::count_if(
      evidence.operations.begin(), evidence.operations.end(), [&](const history::Operation& operation) {
        return operation.process == process && operation.call == call && operation.status == status;
      });
}

inline bool ended_well(const history::Evidence& evidence, unsigned process) {
  const history::Exit& exit = evidence.processes.at(process).exit;
  return exit.kind == history::Exit::Kind::exited && exit.value == 0;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline scenario::Scenario pair_of(std::uint64_t messages) {
  scenario::Scenario scenario = pair();
  scenario.processes[0].messages = messages;
  return scenario;
}

inline scenario::Process program(std::string name, std::vector<std::string> run) {
  scenario::Process process = role(std::move(name), 1, "");
  process.run = std::move(run);
  return process;
}

/// sender → cat → receiver.
inline scenario::Scenario filter_of(std::uint64_t messages) {
  scenario::Scenario scenario;
  scenario.name = "filter";
  scenario.processes = {role("sender"), program("filter", {"cat"}), role("receiver", 1, "receive")};
  scenario.processes[0].messages = messages;
  scenario.processes[1].standard_input = "before";
  scenario.processes[1].standard_output = "behind";
  scenario.channels = {channel("before", {"sender"}, {"filter"}),
                       channel("behind", {"filter"}, {"receiver"})};
  return scenario;
}

}  // namespace squall::tests
