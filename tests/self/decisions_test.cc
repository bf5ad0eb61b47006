// The same seed decides the same: two live runs agree on every key that both reach, whatever the scheduler
// did. Where no rule can bring about a retry, they write the same file.
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/cli/fixture.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

using namespace squall::tests;
using Json = nlohmann::json;

namespace {

const std::string everything =
    "squall: 1\nfire: everything\nabout: Rules of every kind that a blocking pair can meet.\nfaults:\n"
    "  - {delay: 0ms, at: all, probability: 0.3}\n"
    "  - {delay: 1us..200us, at: all, probability: 0.1}\n"
    "  - {interrupt: blocked, at: all, probability: 0.5}\n"
    "  - {short: read, at: all, probability: 0.5}\n"
    "  - {short: write, at: all, probability: 0.5}\n"
    "  - {clock: +1h, at: all, probability: 0.01}\n";

/// A message is one call, which none of these makes to be repeated; whoever waits differently does not count.
const std::string unrepeated =
    "squall: 1\nfire: unrepeated\nabout: Rules that bring no retry about.\nfaults:\n"
    "  - {delay: 0ms, at: all, call: write, probability: 0.3}\n"
    "  - {delay: 1us..50us, at: all, call: write, probability: 0.1}\n"
    "  - {delay: 1us..50us, at: all, call: mq_send, probability: 0.1}\n"
    "  - {delay: 1us..50us, at: all, call: msgsnd, probability: 0.1}\n";

std::string pair_text(const std::string& name, const std::string& size) {
  return fmt::format(
      "squall: 1\nname: {}\nabout: For a test.\nprocesses:\n  sender: {{does: send, messages: 200{}}}\n"
      "  receiver: {{does: receive}}\nchannels:\n  work: {{from: sender, to: receiver}}\n",
      name, size);
}

/// What was decided, in the case that is called so.
using Logs = std::map<std::string, std::string>;

Logs logs_of(const std::string& fire, unsigned seed) {
  const Scratch scratch;
  write_text(scratch / "fire.yaml", fire);
  write_text(scratch / "small.yaml", pair_text("small", ""));
  write_text(scratch / "large.yaml", pair_text("large", ", size: 1..9000"));
  const Said said = squall_in(
      scratch.path(),
      fmt::format("run small.yaml large.yaml --under ./fire.yaml --seed {} --keep --format json", seed));
  const Json report = Json::parse(said.out, nullptr, false);
  INFO(said.err);
  REQUIRE(report.is_object());
  Logs logs;
  for (const Json& run : report["cases"]) {
    if (run["outcome"] == "unsupported") continue;
    INFO(run.dump(1));
    CHECK(run["outcome"] == "pass");
    const auto log = read_whole(run["directory"].get<std::string>() + "/decisions.jsonl");
    REQUIRE(log);
    logs[fmt::format("{} over {}", run["scenario"].get<std::string>(), run["transport"].get<std::string>())] =
        *log;
  }
  return logs;
}

/// key → action and value. A key is decided once.
std::map<Json, Json> decisions(const std::string& log) {
  std::map<Json, Json> found;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    Json key = Json::parse(line);
    const Json decided{key["action"], key["value"]};
    key.erase("action");
    key.erase("value");
    CHECK(found.emplace(key, decided).second);
  }
  return found;
}

std::size_t shared_and_the_same(const std::string& one, const std::string& other) {
  const std::map<Json, Json> left = decisions(one), right = decisions(other);
  std::size_t shared = 0;
  for (const auto& [key, decided] : left) {
    const auto found = right.find(key);
    if (found == right.end()) continue;
    ++shared;
    INFO(key);
    CHECK(found->second == decided);
  }
  return shared;
}

}  // namespace

TEST_CASE("two runs of one seed decide the same for every key that both reach, over any transport") {
  const Logs one = logs_of(everything, 5), other = logs_of(everything, 5);
  CHECK(one.size() >= 20);
  std::size_t shared = 0;
  for (const auto& [name, log] : one) {
    INFO(name);
    REQUIRE(other.contains(name));
    const std::size_t here = shared_and_the_same(log, other.at(name));
    CHECK(here > 0);
    shared += here;
  }
  CHECK(shared > 2000);
}

TEST_CASE("where nothing is repeated, two runs of one seed write the same decisions byte for byte") {
  const Logs one = logs_of(unrepeated, 5), other = logs_of(unrepeated, 5);
  CHECK(one.size() >= 10);
  for (const auto& [name, log] : one) {
    INFO(name);
    CHECK_FALSE(log.empty());
    CHECK(log == other.at(name));
  }
}

TEST_CASE("another seed decides otherwise") {
  const Logs one = logs_of(unrepeated, 5), other = logs_of(unrepeated, 6);
  for (const auto& [name, log] : one) {
    INFO(name);
    CHECK(log != other.at(name));
  }
}

TEST_CASE("of a short transfer the log has what was drawn, and not how much there happened to be") {
  std::set<std::string> actions;
  for (const auto& [name, log] : logs_of(everything, 5)) {
    for (const auto& [key, decided] : decisions(log)) {
      INFO(name << " " << key << " " << decided);
      actions.insert(decided[0]);
      if (decided[0] == "short") CHECK(decided[1] < 1000);
      if (decided[0] == "delay") CHECK((decided[1] >= 1'000 && decided[1] <= 200'000));
      CHECK_FALSE(key.contains("time"));
    }
  }
  CHECK(actions == std::set<std::string>{"clock", "delay", "interrupt", "short", "yield"});
}
