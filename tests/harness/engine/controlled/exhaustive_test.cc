// Exhaustion proves something only if nothing was left out: compared with a search that leaves nothing out at
// all.
#include "tests/catch.h"
#include "tests/harness/engine/controlled/simulated.h"

#include <fmt/format.h>

#include <random>
#include <set>

using namespace squall::tests;

namespace {

using Outcomes = std::set<std::string>;

std::string outcome_of(const Run& run) {
  std::string text = run.violation + ":";
  for (const long value : run.world.variables) text += fmt::format(" {}", value);
  for (const Actor& actor : run.world.actors)
    text += fmt::format(" {}/{}", actor.registers[0], actor.registers[1]);
  return text;
}

/// Every schedule within the bound, one after the other, with no cleverness.
class BruteForce final : public Strategy {
 public:
  explicit BruteForce(unsigned bound) : bound_(bound) {}

  bool begin(std::uint64_t, std::uint64_t) override {
    depth_ = 0;
    preemptions_ = 0;
    return !is_over_;
  }
  std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t,
                                  TaskId current) override {
    std::vector<std::size_t> allowed;
    bool can_stay = false;
    for (const Candidate& candidate : candidates)
      can_stay |= candidate.task == current && !is_extra(candidate);
    for (std::size_t at = 0; at < candidates.size(); ++at)
      if (candidates[at].task == current || !can_stay || preemptions_ < bound_) allowed.push_back(at);
    if (depth_ == path_.size()) path_.push_back({0, 0});
    path_[depth_].second = allowed.size();
    const std::size_t picked = allowed[path_[depth_++].first];
    preemptions_ += can_stay && candidates[picked].task != current;
    return picked;
  }
  void finish(const ExecutionSummary&) override {
    path_.resize(depth_);
    while (!path_.empty() && ++path_.back().first == path_.back().second) path_.pop_back();
    is_over_ = path_.empty();
  }

 private:
  unsigned bound_;
  unsigned preemptions_ = 0;
  std::size_t depth_ = 0;
  std::vector<std::pair<std::size_t, std::size_t>> path_;
  bool is_over_ = false;
};

struct Searched {
  Outcomes outcomes;
  std::uint64_t schedules = 0;
  std::string said;
};

Searched search(const Program& program, Strategy& strategy) {
  Searched searched;
  for (std::uint64_t execution = 0; execution < 2'000'000; ++execution) {
    const Run run = execute(program, strategy, execution, 0);
    if (run.summary.steps == 0 && !run.summary.abandoned) break;
    if (!run.summary.abandoned) searched.outcomes.insert(outcome_of(run));
    searched.schedules += !run.summary.abandoned;
  }
  searched.said = strategy.said();
  return searched;
}

Searched exhaust(const Program& program, unsigned bound) {
  StrategyOptions options;
  options.preemption_bound = bound;
  options.extra_bound = 0;
  const auto strategy = find_strategy("exhaustive")->make(options);
  return search(program, *strategy);
}

/// Two or three tasks that load, store and lock at random, started by a first one.
Program random_program(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Program program{"random", 2, 1, {{}}, {}};
  const TaskId tasks = static_cast<TaskId>(2 + random() % 2);
  for (TaskId task = 1; task <= tasks; ++task) {
    program.tasks[0].push_back(spawn(task));
    Steps steps;
    const bool has_lock = random() % 3 == 0;
    if (has_lock) steps.push_back(lock(0));
    for (std::uint64_t left = 1 + random() % (tasks == 2 ? 3 : 2); left > 0; --left) {
      const std::size_t variable = random() % 2;
      if (random() % 2 == 0)
        steps.push_back(load(variable, random() % 2));
      else
        steps.push_back(
            store(variable, [task](const Actor& actor) { return 10 * actor.registers[0] + task; }));
    }
    if (has_lock && random() % 4 != 0) steps.push_back(unlock(0));
    program.tasks.push_back(std::move(steps));
  }
  return program;
}

Program independent(std::size_t steps) {
  Program program{"independent", 2, 0, {{spawn(1), spawn(2)}, {}, {}}, {}};
  for (std::size_t step = 0; step < steps; ++step) {
    program.tasks[1].push_back(store(0, 1));
    program.tasks[2].push_back(store(1, 1));
  }
  return program;
}

}  // namespace

TEST_CASE("exhaustion without a bound leaves no outcome out") {
  std::uint64_t brute = 0, clever = 0;
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    const Program program = random_program(seed);
    BruteForce force(UINT32_MAX);
    const Searched all = search(program, force);
    const Searched some = exhaust(program, StrategyOptions::no_bound);
    INFO(seed);
    CHECK(some.outcomes == all.outcomes);
    brute += all.schedules;
    clever += some.schedules;
  }
  CHECK(clever * 10 < brute);
  WARN(fmt::format("{} schedules instead of {}", clever, brute));
}

TEST_CASE("exhaustion within a bound leaves no outcome out") {
  std::uint64_t brute = 0, clever = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    for (unsigned bound = 0; bound <= 3; ++bound) {
      const Program program = random_program(seed);
      BruteForce force(bound);
      const Searched all = search(program, force);
      const Searched some = exhaust(program, bound);
      INFO(seed << " bound " << bound);
      CHECK(some.outcomes == all.outcomes);
      brute += all.schedules;
      clever += some.schedules;
    }
  WARN(fmt::format("{} schedules, those of smaller bounds included, instead of {}", clever, brute));
}

TEST_CASE("steps that do not meet are tried in one order") {
  CHECK(exhaust(independent(5), StrategyOptions::no_bound).said == "exhausted: 1 schedule, none fails");
}

TEST_CASE("exhaustion says how much it proves") {
  CHECK(exhaust(lock_order_kept(), StrategyOptions::no_bound).said.find(" schedules, none fails") !=
        std::string::npos);
  CHECK(exhaust(guarded_update(3), 1).said.find(" with at most 1 preemption, none fails") !=
        std::string::npos);
  CHECK(exhaust(lost_update(2), 2).said.find(" fail") != std::string::npos);
  CHECK(exhaust(lost_update(2), 0).said.find(" with at most 0 preemptions, none fails") != std::string::npos);
}

TEST_CASE("whoever looks for ever lets others go on, at no cost") {
  const Searched spun = exhaust(spinning(), 0);
  CHECK(spun.said.find("at most 0 preemptions and 100 rounds of a loop in a row, none fails") !=
        std::string::npos);
  CHECK(exhaust(spinning(), 1).said.find("at most 1 preemption and 100 rounds") != std::string::npos);
}

TEST_CASE("two that look for ever do not keep a third from going on") {
  const auto look = [] {
    return then(load(0, 0), [](World&, Actor& actor) { actor.next -= actor.registers[0] == 0 ? 1 : 0; });
  };
  const Program program{"looking", 1, 0, {{spawn(1), spawn(2), look()}, {look()}, {store(0, 1)}}, {}};
  CHECK(exhaust(program, 0).said.find(", none fails") != std::string::npos);
}

TEST_CASE("looking for what nobody will do is a livelock") {
  const Step look = then(load(0, 0), [](World&, Actor& actor) { --actor.next; });
  const Program alone{"alone", 1, 0, {{look}}, {}}, both{"both", 1, 0, {{spawn(1), look}, {look}}, {}};
  for (const Program& program : {alone, both}) {
    const auto strategy = find_strategy("exhaustive")->make({});
    CHECK(execute(program, *strategy, 0, 0).violation == "livelock");
  }
}

TEST_CASE("a small bound that cuts nothing is a proof without a bound") {
  const std::string said = exhaust(independent(1), 20).said;
  CHECK(said.find("with at most") == std::string::npos);
}

TEST_CASE("faults are searched together with orders") {
  StrategyOptions options;
  options.preemption_bound = 2;
  options.extra_bound = 1;
  const auto with_faults = find_strategy("exhaustive")->make(options);
  CHECK(search(faulty_retry(), *with_faults).said.find(" fail") != std::string::npos);
  options.extra_bound = 0;
  const auto without = find_strategy("exhaustive")->make(options);
  const std::string said = search(faulty_retry(), *without).said;
  CHECK(said.find("at most 0 faults or signals, none fails") != std::string::npos);
}

TEST_CASE("a program that behaves differently each time is told apart") {
  StrategyOptions options;
  options.preemption_bound = StrategyOptions::no_bound;
  const auto strategy = find_strategy("exhaustive")->make(options);
  execute(lost_update(2), *strategy, 0, 0);
  CHECK(strategy->said().empty());
  CHECK(execute(independent(3), *strategy, 1, 0).summary.abandoned);
  CHECK(strategy->said().find("behaved differently at step ") != std::string::npos);
  CHECK_FALSE(strategy->begin(2, 0));
}
