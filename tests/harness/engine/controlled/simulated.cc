#include "tests/harness/engine/controlled/simulated.h"

#include "harness/engine/controlled/strategies/recorder.h"

#include <fmt/format.h>

#include <algorithm>

namespace squall::tests {
namespace {

constexpr std::uint64_t most_steps = 10000;
constexpr ObjectId first_variable = 0x1000;

std::uint64_t fold(std::uint64_t hash, std::uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2);
  return hash * 0xff51afd7ed558ccdu;
}

std::uint64_t contents_key(const World& world) {
  std::uint64_t hash = 1;
  for (const long value : world.variables) hash = fold(hash, static_cast<std::uint64_t>(value));
  return hash;
}

std::uint64_t state_key(const World& world) {
  std::uint64_t hash = contents_key(world);
  for (const TaskId owner : world.owners) hash = fold(hash, owner);
  for (const Actor& actor : world.actors)
    hash = fold(hash, actor.next * 4 + actor.is_started * 2 + actor.is_done);
  return hash;
}

bool is_runnable(const Program& program, const World& world, TaskId task) {
  const Actor& actor = world.actors[task];
  if (!actor.is_started || actor.is_done) return false;
  if (actor.next >= program.tasks[task].size()) return true;  // its exit
  const Step& step = program.tasks[task][actor.next];
  return !step.is_enabled || step.is_enabled(world, task);
}

Candidate candidate_of(const Program& program, const World& world, TaskId task) {
  const std::size_t at = world.actors[task].next;
  Candidate candidate;
  candidate.task = task;
  candidate.fingerprint = fold(task, at);
  candidate.kind = EventKind::exit;
  if (at >= program.tasks[task].size()) return candidate;
  const Step& step = program.tasks[task][at];
  candidate.kind = step.kind;
  candidate.object = step.variable ? first_variable + 8 * step.variable(world.actors[task]) : step.object;
  candidate.span = candidate.object >= first_variable && candidate.object < every_object ? 8 : 1;
  candidate.is_write = step.is_write;
  return candidate;
}

void add_extras(std::vector<Candidate>& offered, const Program& program, const World& world, TaskId task) {
  const std::size_t at = world.actors[task].next;
  if (at >= program.tasks[task].size()) return;
  for (const Extra& extra : program.tasks[task][at].extras) {
    Candidate candidate = candidate_of(program, world, task);
    candidate.kind = extra.kind;
    candidate.variant = extra.variant;
    offered.push_back(candidate);
  }
}

std::vector<Candidate> offer(const Program& program, const World& world) {
  std::vector<Candidate> offered;
  for (TaskId task = 0; task < program.tasks.size(); ++task) {
    if (!is_runnable(program, world, task)) continue;
    offered.push_back(candidate_of(program, world, task));
    add_extras(offered, program, world, task);
  }
  return offered;
}

void take(const Program& program, World& world, const Candidate& candidate) {
  Actor& actor = world.actors[candidate.task];
  if (candidate.kind == EventKind::exit) {
    actor.is_done = true;
    return;
  }
  const Step& step = program.tasks[candidate.task][actor.next++];
  if (!is_extra(candidate)) return step.act(world, actor, candidate.task);
  for (const Extra& extra : step.extras)
    if (extra.variant == candidate.variant) extra.act(world, actor);
}

World begin_world(const Program& program) {
  World world;
  world.variables.resize(program.variables);
  world.owners.assign(program.locks, no_task);
  world.sleepers.resize(program.variables);
  world.actors.resize(program.tasks.size());
  world.actors[0].is_started = true;
  return world;
}

void judge_end(const Program& program, World& world) {
  const bool is_stuck = std::any_of(world.actors.begin(), world.actors.end(),
                                    [](const Actor& actor) { return actor.is_started && !actor.is_done; });
  if (is_stuck)
    world.fail("deadlock");
  else if (program.at_end)
    program.at_end(world);
}

}  // namespace

Step load(std::size_t variable, std::size_t to) {
  return {EventKind::load, first_variable + 8 * variable, false, {}, [=](World& world, Actor& actor, TaskId) {
            actor.registers[to] = world.variables[variable];
          }};
}

Step store(std::size_t variable, std::function<long(const Actor&)> value) {
  return {EventKind::store, first_variable + 8 * variable, true, {}, [=](World& world, Actor& actor, TaskId) {
            world.variables[variable] = value(actor);
          }};
}

Step store(std::size_t variable, long value) {
  return store(variable, [value](const Actor&) { return value; });
}

Step lock(std::size_t which) {
  return {EventKind::call, which + 1, true,
          [=](const World& world, TaskId) { return world.owners[which] == no_task; },
          [=](World& world, Actor&, TaskId task) { world.owners[which] = task; }};
}

Step unlock(std::size_t which) {
  return {EventKind::call, which + 1, true, {}, [=](World& world, Actor&, TaskId) {
            world.owners[which] = no_task;
          }};
}

Step spawn(TaskId child) {
  return {EventKind::call, no_object, true, {}, [=](World& world, Actor&, TaskId) {
            world.actors[child].is_started = true;
          }};
}

Step join(TaskId child) {
  return {EventKind::call, no_object, false,
          [=](const World& world, TaskId) { return world.actors[child].is_done; },
          [](World&, Actor&, TaskId) {}};
}

Step&& then(Step&& step, std::function<void(World&, Actor&)> also) {
  step.act = [first = std::move(step.act), also](World& world, Actor& actor, TaskId task) {
    first(world, actor, task);
    also(world, actor);
  };
  return std::move(step);
}

Run execute(const Program& program, Strategy& strategy, std::uint64_t execution, std::uint64_t seed) {
  Run run;
  if (!strategy.begin(execution, seed)) return run;
  World world = begin_world(program);
  TaskId current = no_task;
  std::uint64_t& step = run.summary.steps;
  for (; world.violation.empty(); ++step) {
    const auto offered = offer(program, world);
    if (offered.empty()) break;
    if (step >= most_steps) world.fail("livelock");
    if (strategy.wants_reached())
      run.summary.reached.push_back({step, state_key(world), contents_key(world)});
    const auto picked = strategy.pick(offered, step, current);
    if (!picked) {
      run.summary.abandoned = true;
      break;
    }
    take(program, world, offered[*picked]);
    current = offered[*picked].task;
  }
  if (world.violation.empty() && !run.summary.abandoned) judge_end(program, world);
  run.violation = world.violation;
  run.world = world;
  run.summary.failed = !run.violation.empty();
  strategy.finish(run.summary);
  return run;
}

Recorded record(const Program& program, Strategy& strategy, std::uint64_t execution, std::uint64_t seed) {
  Recorder recorder(strategy);
  Recorded recorded{execute(program, recorder, execution, seed), {}, {}};
  std::vector<std::string> words;
  for (const Taken& taken : recorder.taken())
    words.push_back(fmt::format("{} of {:#x}", word_for(taken.candidate.kind), taken.candidate.object));
  recorded.schedule.seed = seed;
  recorded.schedule.failure = recorded.run.violation;
  recorded.schedule.violation = recorded.run.violation;
  recorded.taken.assign(recorder.taken().begin(), recorder.taken().end());
  set_steps(recorded.schedule, recorded.taken, words);
  return recorded;
}

Schedule failing_schedule(const Program& program, std::uint64_t seed) {
  const auto walk = find_strategy("random")->make({});
  for (std::uint64_t execution = 0; execution < 100000; ++execution)
    if (Recorded recorded = record(program, *walk, execution, seed * 99991 + execution);
        recorded.run.summary.failed)
      return recorded.schedule;
  return {};
}

std::uint64_t schedules_to_bug(const Program& program, Strategy& strategy, std::uint64_t seed,
                               std::uint64_t limit) {
  for (std::uint64_t execution = 0; execution < limit; ++execution)
    if (execute(program, strategy, execution, seed * 1000003 + execution * 7919).summary.failed)
      return execution + 1;
  return limit;
}

}  // namespace squall::tests
