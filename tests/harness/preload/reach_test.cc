// The table of the planner, which calls of a worker a rule can reach, against what workers really call.
#include "harness/plan/reach.h"

#include "tests/catch.h"
#include "tests/harness/preload/preloaded.h"

#include <nlohmann/json.hpp>

#include <set>

namespace squall::tests {

using namespace squall::faults;

namespace {

constexpr const char* everything_counts = R"(
squall: 1
name: reach
about: Every call that workers make is noted, and nothing else happens.
processes:
  producer: {does: send, messages: 40, size: 1..64}
  consumer: {does: receive}
channels:
  work: {from: producer, to: consumer, capacity: 4}
faults:
  - {delay: 0ms, at: producer}
  - {delay: 0ms, at: consumer}
expect: [exactly-once, intact]
)";

/// What a process did that carries messages, or waits for them.
struct Noted {
  std::set<std::string> calls;
  bool knew_channel = false;
};

bool carries_messages(const std::string& call) {
  for (const CallEntry& entry : calls())
    if (entry.name == call)
      return entry.group == "read" || entry.group == "write" || entry.group == "queue" ||
             entry.group == "lock";
  return false;
}

std::map<std::string, Noted> noted_in(const std::string& path) {
  std::map<std::string, Noted> processes;
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    const auto decision = nlohmann::json::parse(line);
    const std::string call = decision.at("call");
    if (!carries_messages(call)) continue;
    Noted& noted = processes[decision.at("process")];
    noted.calls.insert(call);
    if (!decision.at("channel").get<std::string>().empty()) noted.knew_channel = true;
  }
  return processes;
}

/// Where the evidence of the only case is.
std::string evidence_below(const std::string& directory) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.path().filename() == "decisions.jsonl") return entry.path();
  return {};
}

std::map<std::string, Noted> run_over(const std::string& transport) {
  const Scratch scratch;
  write_text(scratch / "reach.yaml", everything_counts);
  const std::string go =
      "cd " + scratch.path() + " && " SQUALL_BINARY_DIR "/bin/squall run reach.yaml --keep -t ";
  INFO(transport);
  const Outcome outcome = run_command(scratch, {"sh", "-c", go + transport}, {});
  INFO(outcome.output);
  REQUIRE(outcome.status == 0);
  return noted_in(evidence_below(scratch.path()));
}

}  // namespace

TEST_CASE("workers make the calls that the planner says a rule can reach") {
  for (const char* transport : {"pipe", "fifo", "unix-stream", "unix-dgram", "unix-seqpacket", "tcp",
                                "posix-mq", "sysv-mq", "shm-mutex", "mmap-file", "memfd"}) {
    INFO(transport);
    const std::map<std::string, Noted> noted = run_over(transport);
    const std::map<std::string, ipc::Side> sides = {{"producer[0]", ipc::Side::sender},
                                                    {"consumer[0]", ipc::Side::receiver}};
    for (const auto& [process, side] : sides) {
      INFO(process);
      REQUIRE(noted.count(process) == 1);
      const plan::Reach reach = plan::reach_of(transport, side);
      for (const std::string& call : noted.at(process).calls) {
        INFO(call);
        bool listed = false;
        for (std::size_t i = 0; i < calls().size(); ++i)
          listed = listed || (calls()[i].name == call && reach.calls.has(static_cast<Call>(i)));
        CHECK(listed);
      }
      CHECK(noted.at(process).knew_channel == reach.tells_channels);
    }
  }
}

}  // namespace squall::tests
