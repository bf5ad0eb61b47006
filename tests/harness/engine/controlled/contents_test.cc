// What searches go on from: contents of shared memory, with where each task stands.
#include "harness/engine/controlled/contents.h"

#include "tests/catch.h"
#include "tests/harness/engine/controlled/controlled.h"

#include <set>

using namespace squall::controlled;
using namespace squall::tests;

namespace {

/// Walks at random, and keeps what its executions reached.
class Collector final : public Strategy {
 public:
  bool begin(std::uint64_t execution, std::uint64_t seed) override { return walk_->begin(execution, seed); }
  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t step,
                                  TaskId current) override {
    return walk_->pick(candidates, step, current);
  }
  void finish(const ExecutionSummary& summary) override { reached_ = summary.reached; }
  bool wants_reached() const override { return true; }

  const std::vector<Reached>& reached() const { return reached_; }

 private:
  std::unique_ptr<Strategy> walk_ = find_strategy("random")->make({});
  std::vector<Reached> reached_;
};

std::vector<std::uint64_t> keys_of(const std::string& name, std::uint64_t seed) {
  Settings settings = program(name);
  settings.command.directory = "/";
  CallFilter filter;
  Processor processor;
  Watchdog watchdog(settings.spin_ms, processor.ordered());
  Lineages lineages;
  Collector collector;
  collector.begin(0, seed);
  Executor(settings, filter, processor, watchdog, lineages, nullptr).run(collector);
  std::vector<std::uint64_t> keys;
  for (std::uint64_t step = 0; const Reached& reached : collector.reached()) {
    CHECK(reached.step == step++);
    keys.push_back(reached.key);
  }
  return keys;
}

}  // namespace

TEST_CASE("what an execution reaches follows from its schedule") {
  const auto keys = keys_of("ladder", 1);
  CHECK(keys.size() > 30);
  CHECK(keys == keys_of("ladder", 1));
  CHECK(keys != keys_of("ladder", 2));
}

TEST_CASE("executions that part reach equal contents, and different ones") {
  std::set<std::uint64_t> all;
  std::size_t steps = 0, most = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto keys = keys_of("ladder", seed);
    all.insert(keys.begin(), keys.end());
    steps += keys.size();
    most = std::max(most, keys.size());
  }
  CHECK(all.size() > 2 * most);
  CHECK(all.size() < steps / 2);
}

TEST_CASE("novelty climbs where nothing else does") {
  constexpr std::uint64_t most_schedules = 3000;
  CHECK(explored(program("ladder"), most_schedules, "novelty").failing);
  CHECK_FALSE(explored(program("ladder"), 300, "random").failing);
  CHECK_FALSE(explored(program("ladder"), 300, "pct").failing);
  CHECK_FALSE(explored(program("ladder", true), 300, "novelty").failing);
}
