// No false alarms: the correct twin of every broken program stays correct under random legal faults. What is
// allowed is pass, unknown, and a plan that never touched it; never a violation, and never that squall itself
// fails.
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/cli/fixture.h"
#include "tests/self/random_fire.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace squall::tests;

namespace {

constexpr std::uint64_t bound_of_a_plan_ns = 60 * second_ns;

bool is_full() { return std::getenv("SQUALL_FULL") != nullptr; }

/// Quick by default; SQUALL_FULL=1 takes half an hour or so.
std::uint64_t plans() { return is_full() ? 1000 : 5; }
/// Of one run: at its end cores are idle.
std::uint64_t plans_at_once() { return is_full() ? 40 : 5; }

/// Faults take time: a deadline that is meant for the bug's hang says nothing about a twin that was delayed.
std::size_t copy_twins(const std::string& to) {
  std::size_t count = 0;
  std::filesystem::create_directories(to);
  for (const auto& entry : std::filesystem::directory_iterator(SQUALL_SOURCE_DIR "/scenarios/broken")) {
    if (!entry.path().stem().string().ends_with("-fixed")) continue;
    const std::string text = read_whole(entry.path()).value_or("");
    write_text(to + "/" + entry.path().filename().string(),
               std::regex_replace(text, std::regex("ends-within [0-9]+m?s"), "ends-within 60s"));
    ++count;
  }
  return count;
}

/// The words that ask for these plans.
std::string write_plans(const Scratch& scratch, std::uint64_t first) {
  std::vector<std::string> files;
  for (std::uint64_t number = first; number < first + plans_at_once(); ++number) {
    files.push_back(scratch / fmt::format("plan-{}.yaml", number));
    write_text(files.back(), random_fire(number));
  }
  return fmt::format("--under {}", fmt::join(files, ","));
}

bool is_innocent(const nlohmann::json& run) {
  const std::string outcome = run["outcome"];
  return outcome == "pass" || outcome == "unknown" || outcome == "unsupported";
}

/// How many twins there were over whom some plan came.
std::size_t expect_innocence(const Scratch& scratch, std::uint64_t first) {
  const std::string words = fmt::format("run '{}' {} --seed {} --format json", scratch / "twins",
                                        write_plans(scratch, first), first);
  const Said said = squall_in(scratch.path(), words, plans_at_once() * bound_of_a_plan_ns);
  const auto report = nlohmann::json::parse(said.out, nullptr, false);
  INFO(words << "\n" << said.err);
  REQUIRE(report.is_object());
  std::set<std::string> touched;
  for (const auto& run : report["cases"]) {
    if (run["outcome"] == "pass") touched.insert(run["file"]);
    if (is_innocent(run)) continue;
    const std::string name = run["scenario"];
    const std::uint64_t number = std::stoull(name.substr(name.rfind('-') + 1));
    FAIL_CHECK(name << ", seed " << run["seed"] << "\n" << random_fire(number) << run.dump(1));
  }
  return touched.size();
}

}  // namespace

TEST_CASE("no random legal fault makes a correct twin guilty") {
  const Scratch scratch;
  const std::size_t twins = copy_twins(scratch / "twins");
  CHECK(twins >= 70);
  std::size_t touched = 0;
  for (std::uint64_t first = 1; first <= plans(); first += plans_at_once())
    touched = std::max(touched, expect_innocence(scratch, first));
  CHECK(touched >= twins * 3 / 4);
}

TEST_CASE("random fires are legal ones, and differ") {
  const Scratch scratch;
  std::set<std::string> texts;
  std::string words = "lint";
  for (std::uint64_t number = 1; number <= 200; ++number) {
    const std::string text = random_fire(number);
    texts.insert(text.substr(text.find("faults:")));
    write_text(scratch / fmt::format("{}.yaml", number), text);
  }
  CHECK(texts.size() > 180);
  CHECK(random_fire(7) == random_fire(7));
  const Said said = squall_in(scratch.path(), "lint .");
  CHECK(said.status == 0);
  INFO(said.err);
  CHECK(said.out.find("200 files read, 0 errors") != std::string::npos);
}
