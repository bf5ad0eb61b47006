// Cases under control: the same seed is the same history, byte for byte, times included, over every
// transport.
#include "harness/topology/namespaces.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/cli/fixture.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

using namespace squall::tests;

namespace {

const std::string pair =
    "squall: 1\nname: pair\nabout: For a test.\nprocesses:\n  sender: {does: send, messages: 10}\n"
    "  receiver: {does: receive}\nchannels:\n  work: {from: sender, to: receiver}\nexpect: [exactly-once, "
    "fifo]\n";
const std::string counter =
    "squall: 1\nname: counter\nabout: For a test.\nprocesses:\n"
    "  adder: {run: ['${peers}/lost-update', --fixed], peer: true, count: 2}\n"
    "channels:\n  work: {from: adder, to: adder, transport: shm-mutex}\nexpect: [counted]\n";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Of every case, by its name.
std::map<std::string, std::string> histories(const std::string& seed) {
  const Scratch scratch;
  write_text(scratch / "pair.yaml", pair);
  write_text(scratch / "counter.yaml", counter);
  const Said said =
      squall_in(scratch.path(), "run pair.yaml counter.yaml --engine controlled --keep --seed " + seed);
  INFO(said.out << said.err);
  REQUIRE(said.status == 0);
  std::map<std::string, std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(scratch / ".squall/runs/latest"))
    if (entry.is_directory()) found[entry.path().filename()] = text_of(entry.path() / "history.jsonl");
  return found;
}

}  // namespace

TEST_CASE(
    "cases under control have the same history whenever they have the same seed, and others otherwise") {
  const auto one = histories("7"), same = histories("7"), other = histories("8");
  REQUIRE(one.size() > 12);
  for (const auto& [name, history] : one) {
    INFO(name);
    CHECK(history.size() > 100);
    CHECK(same.at(name) == history);
    CHECK(other.at(name) != history);
  }
}

TEST_CASE("a scenario to be explored is one case, and whoever named more is told the transports") {
  const Scratch scratch;
  write_text(scratch / "pair.yaml", pair);
  const Said many = squall_in(scratch.path(), "explore pair.yaml");
  CHECK(many.status == 2);
  CHECK(many.err.find("choose one transport with -t: pipe, ") != std::string::npos);
  const Said one = squall_in(scratch.path(), "explore pair.yaml -t pipe --runs 3 --seed 1");
  INFO(one.out << one.err);
  CHECK(one.status == 0);
  CHECK(one.out.find("3 schedules, ") != std::string::npos);
}

TEST_CASE(
    "what an execution has closed keeps no port from the next one, and what is not under control is named") {
  if (!squall::topology::isolation_obstacle().empty()) return;
  const Scratch scratch;
  const Said said = squall_in(
      scratch.path(), "explore --verify --runs 5 --seed 1 --strategy random -j 1 -- " SQUALL_BINARY_DIR
                      "/bin/controlled-programs-static closes-first");
  INFO(said.out << said.err);
  CHECK(said.status == 0);
  CHECK(said.out.find("not under control: rdtsc (--time-stamps), ") != std::string::npos);
}
