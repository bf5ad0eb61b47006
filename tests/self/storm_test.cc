// 20,000 signals a second on a pair at full speed: nothing is lost, over any transport.
#include "ipc/transport.h"
#include "tests/catch.h"
#include "tests/harness/cli/fixture.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <regex>
#include <set>
#include <string>

using namespace squall;
using namespace squall::tests;

namespace {

constexpr double asked_hz = 20'000;
constexpr double long_enough_ms = 200;

/// Fewer where each message is synced to disk, or is a file of its own.
std::uint64_t messages_over(std::string_view transport) {
  if (transport == "mmap-file") return 2'000;
  return transport == "memfd" ? 5'000 : 20'000;
}

std::string pair_in_a_storm(std::string_view transport, bool fork) {
  return fmt::format(
      "squall: 1\nname: storm-over-{0}\nabout: For a test.\ntransports: [{0}]\n{1}"
      "processes:\n  sender: {{does: send, messages: {2}}}\n  receiver: {{does: receive}}\n"
      "channels:\n  work: {{from: sender, to: receiver}}\n"
      "faults:\n  - {{storm: USR1, at: all, rate: 20kHz}}\n"
      "expect: [exactly-once, ends-within 60s]\n",
      transport, fork ? "start: fork\n" : "", messages_over(transport));
}

struct Gust {
  std::uint64_t sent = 0, handled = 0, coalesced = 0;
  double rate_hz = 0;
};

Gust gust_of(const std::string& text) {
  std::smatch found;
  const std::regex form(R"((\d+) sent, (\d+) a second of 20000 asked for, (\d+) handled, (\d+) coalesced)");
  INFO(text);
  REQUIRE(std::regex_search(text, found, form));
  return {std::stoull(found[1]), std::stoull(found[3]), std::stoull(found[4]), std::stod(found[2])};
}

/// A loaded machine may be later than is made up for, a signal more or less was on its way as the process
/// ended, and a short case may be over before the first was handled.
void judge_gust(const std::string& text, double duration_ms) {
  const Gust gust = gust_of(text);
  INFO(text);
  CHECK(gust.handled + gust.coalesced >= gust.sent);
  CHECK(gust.rate_hz <= asked_hz * 1.25);
  if (duration_ms <= long_enough_ms) return;
  CHECK(gust.handled > 0);
  CHECK(gust.rate_hz >= asked_hz / 50);
}

}  // namespace

TEST_CASE("a pair at full speed loses nothing in a storm of 20 kHz, over any transport") {
  const Scratch scratch;
  for (const ipc::Transport* transport : ipc::transports()) {
    const bool fork = transport->capabilities().has(ipc::Capability::fork_only);
    write_text(scratch / (std::string(transport->name()) + ".yaml"),
               pair_in_a_storm(transport->name(), fork));
  }
  const Said said = squall_in(scratch.path(), "run . --jobs 1 --format json", 110 * second_ns);
  const auto report = nlohmann::json::parse(said.out, nullptr, false);
  REQUIRE(report.is_object());
  std::set<std::string> over;
  for (const auto& run : report["cases"]) {
    if (run["outcome"] == "unsupported" || !over.insert(run["transport"]).second) continue;
    INFO(run.dump(1));
    CHECK(run["outcome"] == "pass");
    CHECK(run["verdict"]["kind"] == "valid");
    const bool is_long = run["duration_ms"] > long_enough_ms;
    CHECK(run["fired"].size() <= 2);
    CHECK(
        (run["fired"].size() == 2 || !is_long));  // a short one may be over before the storm has come to both
    for (const auto& fired : run["fired"]) judge_gust(fired["text"], run["duration_ms"]);
  }
  CHECK(over.size() == ipc::transports().size());
}

TEST_CASE("real-time signals that were held do not nest until the stack ends") {
  const Scratch scratch;
  write_text(
      scratch / "nested.yaml",
      "squall: 1\nname: nested\nabout: For a test.\ntransports: [pipe]\n"
      "processes:\n  sender: {does: send, messages: 200}\n  receiver: {does: receive}\n"
      "channels:\n  work: {from: sender, to: receiver}\n"
      "faults:\n"
      "  - {storm: RTMIN+9, restart: true, nodefer: true, rate: 100kHz, burst: 1000, hold: 64, at: all}\n"
      "  - {delay: 2ms, call: write, at: sender}\n"
      "expect: [exactly-once, ends-within 60s]\n");
  const Said said = squall_in(scratch.path(), "run nested.yaml --format json", 60 * second_ns);
  INFO(said.out);
  CHECK(said.status == 0);
}
