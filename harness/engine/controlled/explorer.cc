#include "harness/engine/controlled/explorer.h"

#include "harness/engine/controlled/builds.h"
#include "harness/engine/controlled/fault_text.h"
#include "harness/engine/controlled/strategies/dice.h"
#include "harness/engine/controlled/strategies/recorder.h"
#include "harness/engine/controlled/strategies/replay.h"
#include "ipc/clock.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <utility>

namespace squall::controlled {
namespace {

/// The first has the seed that was asked for, so that one seed repeats one execution. Searches by seeds that
/// are close to each other have no others in common.
std::uint64_t seed_of(const Search& search, std::uint64_t run) {
  return run == 0 ? search.seed : Dice(Dice(search.seed).next() + run).next();
}

constexpr std::string_view fault_prefix = "fault ";
constexpr std::string_view nobody = "nobody";  ///< instead of a lineage
constexpr const char* time_stamps_rule = "time stamps trapped";

bool has_rule(const Schedule& schedule, const std::string& rule) {
  return std::find(schedule.rules.begin(), schedule.rules.end(), rule) != schedule.rules.end();
}

std::string points_rule(Points points) { return points == Points::calls ? "points calls" : "points shared"; }

/// "fault {short: read}", "fault 0.1 {kill: KILL, at: 'cat[1]'}".
std::string rule_line(const FaultRule& rule) {
  return fmt::format("{}{}{}{}", fault_prefix, rule.lineage, rule.lineage.empty() ? "" : " ", rule.text);
}

std::optional<FaultRule> read_rule_line(const std::string& line) {
  std::string text = line.substr(fault_prefix.size()), lineage;
  const std::size_t end = text.find(' ');
  if (end != text.npos && (text.starts_with(nobody) || text.find_first_not_of("0123456789.") == end)) {
    lineage = text.substr(0, end);
    text.erase(0, end + 1);
  }
  auto rule = read_fault(text, {});
  if (!rule) return std::nullopt;
  rule->lineage = std::move(lineage);
  return std::move(*rule);
}

}  // namespace

std::uint64_t runs_of_a_stretch(std::string_view strategy) {
  if (strategy == "exhaustive") return UINT64_MAX;
  return strategy == "novelty" ? 1u << 20 : 256;  // novelty lives on what it has learned
}

std::vector<std::string> plain_environment() {
  static constexpr std::array kept = {"PATH", "HOME", "USER",   "LANG",
                                      "TZ",   "TERM", "TMPDIR", "LD_LIBRARY_PATH"};
  std::vector<std::string> environment;
  for (const char* name : kept)
    if (const char* value = getenv(name)) environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

Settings settings_of(const Schedule& schedule) {
  Settings settings;
  settings.command.words = schedule.command;
  settings.command.environment = schedule.environment;
  settings.command.directory = schedule.directory;
  settings.command.traps_time_stamps = has_rule(schedule, time_stamps_rule);
  if (has_rule(schedule, points_rule(Points::calls))) settings.points = Points::calls;
  for (const std::string& rule : schedule.rules)
    if (rule.starts_with(fault_prefix))
      if (auto fault = read_rule_line(rule)) settings.faults.push_back(std::move(*fault));
  return settings;
}

Explorer::Explorer(const Settings& settings)
    : settings_(settings),
      filter_(std::any_of(settings.faults.begin(), settings.faults.end(), is_about_mappings)),
      watchdog_(settings.spin_ms, processor_.ordered()) {
  forget_closed_connections();
  settings_.command.most_real_time_ms = 4 * settings.spin_ms;
  if (settings_.command.directory.empty())
    settings_.command.directory = std::filesystem::current_path().string();
}

Execution Explorer::execute(Strategy& strategy, ForkServer* server) {
  return Executor(settings_, filter_, processor_, watchdog_, lineages_, server).run(strategy);
}

/// Finds out whom rules mean by NAME[i], by an execution without faults or preemptions: whoever it is in this
/// one, it is in all. Notes about rules that mean nobody.
std::vector<std::string> Explorer::number_processes() {
  const auto is_open = [](const FaultRule& rule) { return rule.is_numbered() && rule.lineage.empty(); };
  std::vector<std::string> notes;
  if (std::none_of(settings_.faults.begin(), settings_.faults.end(), is_open)) return notes;
  std::vector<FaultRule> rules = std::exchange(settings_.faults, {});
  const auto strategy = find_strategy("exhaustive")->make({});
  strategy->begin(0, 0);
  const Execution first = execute(*strategy, nullptr);
  for (FaultRule& rule : rules) {
    if (!is_open(rule)) continue;
    rule.lineage = lineage_of(rule.fault.at, first.programs);
    if (!rule.lineage.empty()) continue;
    rule.lineage = nobody;
    notes.push_back(fmt::format("nobody is {}: {}", rule.fault.at, rule.text));
  }
  settings_.faults = std::move(rules);
  return notes;
}

Schedule Explorer::schedule_of(const Execution& execution, std::span<const Taken> taken,
                               const std::string& strategy, std::uint64_t seed) {
  Schedule schedule;
  schedule.seed = seed;
  schedule.strategy = strategy;
  schedule.failure = word_for(execution.failure);
  schedule.violation = execution.what;
  schedule.directory = settings_.command.directory;
  schedule.command = settings_.command.words;
  schedule.environment = settings_.command.environment;
  schedule.rules = {points_rule(settings_.points)};
  if (settings_.command.traps_time_stamps) schedule.rules.push_back(time_stamps_rule);
  schedule.rules.insert(schedule.rules.end(), settings_.rules.begin(), settings_.rules.end());
  for (const FaultRule& fault : settings_.faults) schedule.rules.push_back(rule_line(fault));
  schedule.tasks = execution.tasks;
  set_steps(schedule, taken, execution.words);
  return schedule;
}

/// What it is about, and its steps in words: by an execution for this alone.
void Explorer::describe(Schedule& schedule) {
  MappedFiles files;
  settings_.observers.push_back(&files);
  const bool had_words = std::exchange(settings_.words, true);
  const auto strategy = make_replay(schedule);
  strategy->begin(0, schedule.seed);
  const Execution execution = execute(*strategy, nullptr);
  settings_.words = had_words;
  settings_.observers.pop_back();
  schedule.builds = files.builds();
  for (std::size_t step = 0; step < std::min(schedule.steps.size(), execution.words.size()); ++step)
    schedule.events[schedule.steps[step].event].words = execution.words[step];
}

/// How a second execution by the same schedule differs; empty when it does not.
std::string Explorer::repeated(const Schedule& schedule, const Execution& expected) {
  const auto strategy = make_replay(schedule);
  strategy->begin(0, schedule.seed);
  const Execution again = execute(*strategy, nullptr);
  if (again.abandoned) return again.said;
  if (again.failure != expected.failure)
    return fmt::format("it ended with {} instead of {}", word_for(again.failure), word_for(expected.failure));
  if (again.output != expected.output) return "it wrote something else";
  return {};
}

/// False: the search is over.
bool Explorer::explore_stretch(const Search& search, const std::function<bool()>& goes_on,
                               Exploration& result) {
  const auto strategy = find_strategy(search.strategy)->make(search.options);
  Recorder recorder(*strategy);
  lineages_ = {};
  for (std::uint64_t at = 0; at < runs_of_a_stretch(search.strategy) && goes_on(); ++at) {
    const bool begun = recorder.begin(at, seed_of(search, search.first_run + result.runs));
    result.said = strategy->said();
    if (!begun) return false;
    result.last = execute(recorder, &server_);
    ++result.runs;
    if (search.on_run) search.on_run();
    result.possible_faults.merge(result.last.possible_faults);
    result.steps += recorder.taken().size();
    const bool failed = is_violation(result.last.failure);
    if (!failed && !search.is_verified && result.last.failure == Failure::none) continue;
    if (result.last.abandoned) continue;
    Schedule schedule = schedule_of(result.last, recorder.taken(), search.strategy, recorder.seed());
    if (search.is_verified) result.unequal = repeated(schedule, result.last);
    if (failed) {
      describe(schedule);
      result.failing = std::move(schedule);
    }
    if (result.last.failure != Failure::none || !result.unequal.empty()) return false;
  }
  return true;
}

Exploration Explorer::explore(const Search& search) {
  Exploration result;
  settings_.words |= search.is_verified;  // so that a difference can be told in words
  const std::uint64_t began_ns = ipc::now_ns();
  const std::vector<std::string> notes = number_processes();
  const auto goes_on = [&] {
    if (search.is_over && search.is_over()) return false;
    if (search.for_ms != 0) return ipc::now_ns() - began_ns < search.for_ms * 1'000'000;
    return result.runs < search.most_runs;
  };
  while (goes_on() && explore_stretch(search, goes_on, result)) {
  }
  result.last.notes.insert(result.last.notes.end(), notes.begin(), notes.end());
  result.duration_ns = ipc::now_ns() - began_ns;
  return result;
}

Replayed Explorer::replay(const Schedule& schedule, std::uint64_t times) {
  Replayed result;
  number_processes();
  lineages_ = Lineages(schedule.tasks);
  const auto strategy = make_replay(schedule);
  for (; result.times < times; ++result.times) {
    strategy->begin(result.times, schedule.seed);
    result.last = execute(*strategy, times > 1 ? &server_ : nullptr);
    if (result.last.abandoned)
      result.diverged = result.last.said;
    else if (result.last.failure != failure_of(schedule.failure))
      result.diverged = fmt::format("diverged at the end: expected {}, got {}", schedule.failure,
                                    word_for(result.last.failure));
    if (!result.diverged.empty()) break;
  }
  if (!result.diverged.empty()) result.other_build = other_build_among(schedule.builds);
  if (result.other_build.empty()) return result;
  const auto guided = make_guided(guide_of(schedule));
  guided->begin(0, schedule.seed);
  result.last = execute(*guided, nullptr);
  return result;
}

Shrunk Explorer::shrink(const Schedule& schedule, const Patience& patience) {
  number_processes();
  lineages_ = Lineages(schedule.tasks);
  settings_.words = true;
  const Attempt attempt = [&](Strategy& strategy) -> std::optional<Failing> {
    Recorder recorder(strategy);
    recorder.begin(0, schedule.seed);
    const Execution execution = execute(recorder, &server_);
    if (word_for(execution.failure) != schedule.failure) return std::nullopt;
    const auto taken = recorder.taken();
    return Failing{schedule_of(execution, taken, schedule.strategy, schedule.seed),
                   {taken.begin(), taken.end()}};
  };
  Shrunk shrunk = controlled::shrink(schedule, attempt, patience);
  describe(shrunk.schedule);
  return shrunk;
}

}  // namespace squall::controlled
