// squall explore: search the schedules of a command for one that fails.
#include "harness/cli/explore.h"

#include "harness/cli/cases.h"
#include "harness/cli/counter.h"
#include "harness/cli/interruption.h"
#include "harness/cli/one_case.h"
#include "harness/cli/runnable.h"
#include "harness/cli/search_json.h"
#include "harness/cli/watching.h"
#include "harness/cli/writable.h"
#include "harness/engine/controlled/fault_text.h"
#include "harness/engine/controlled/parallel.h"
#include "reports/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/random.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace squall::cli {
namespace {

using controlled::Exploration;
using controlled::Failure;

constexpr std::size_t shown_bytes = 2000;

std::uint64_t random_seed() {
  std::uint32_t seed = 0;
  return getrandom(&seed, sizeof seed, 0) == ssize_t{sizeof seed} ? seed : 1;
}

/// What the oracles are to judge otherwise than by default.
std::vector<std::string> rules_about(const ExploreOptions& options) {
  std::vector<std::string> rules;
  for (const std::string& word : options.allowed) rules.push_back("allow " + word);
  for (const std::string& word : options.forbidden) rules.push_back("forbid " + word);
  return rules;
}

std::string place_for(const ExploreOptions& options, const controlled::Schedule& schedule) {
  if (!options.out.empty()) return options.out;
  std::filesystem::create_directories(".squall/failures");
  const std::filesystem::path named = options.command[is_case(options.command) ? 2 : 0];
  const std::string program = is_case(options.command) ? named.stem() : named.filename();
  return fmt::format(".squall/failures/{}-{}-{:x}.schedule", program, schedule.failure, schedule.seed);
}

void show_writing(const char* what, std::string text) {
  if (text.empty()) return;
  if (text.size() > shown_bytes) text = "…" + text.substr(text.size() - shown_bytes);
  std::cout << "  it wrote to " << what << ":\n";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::cout << "    " << text.substr(at, end - at) << '\n';
    at = end + 1;
  }
}

/// Nothing: it could not be written.
std::optional<std::string> keep(const ExploreOptions& options, const controlled::Schedule& schedule) {
  const std::string place = place_for(options, schedule);
  std::ofstream file(place);
  file << controlled::write_schedule(schedule);
  if (file.flush().good()) return place;
  std::cerr << "squall: cannot write " << place << '\n';
  return std::nullopt;
}

void show_violation(const Exploration& found, const std::string& place) {
  std::cout << fmt::format("{} in schedule {} ({} steps): {}\n", word_for(found.last.failure), found.runs,
                           found.failing->steps.size(), found.last.what);
  show_writing("stdout", found.last.output);
  show_writing("stderr", found.last.errors);
  if (!place.empty())
    std::cout << fmt::format("once more:  squall replay {0}\nsimpler:    squall shrink {0}\n",
                             reports::shell_word(place));
}

/// What differs between executions all the same, whatever the program: README.md says more.
std::string not_under_control(const ExploreOptions& options) {
  return fmt::format(
      "not under control: {}rdrand, times of files, who gets a file lock first, terminals, timers of TCP, "
      "what is not traced, store buffers (schedules are sequentially consistent)\n",
      options.time_stamps ? "" : "rdtsc (--time-stamps), ");
}

void show(const ExploreOptions& options, const Exploration& found, const std::string& place) {
  for (const std::string& note : found.last.notes) std::cout << "note: " << note << '\n';
  if (found.last.failure == Failure::broken) {
    std::cerr << "squall: " << found.last.what << '\n';
    return;
  }
  if (found.failing)
    show_violation(found, place);
  else if (found.last.failure != Failure::none)
    std::cout << word_for(found.last.failure) << ": " << found.last.what << '\n';
  else if (!found.unequal.empty())
    std::cout << "two executions by one schedule differ: " << found.unequal
              << "\n  what one leaves behind, files above all, the next one finds\n";
  else if (!found.said.empty())
    std::cout << found.said << '\n';
  if (options.common.verbosity != reports::Verbosity::quiet)
    std::cout << fmt::format("{} schedules, {} steps, {:.1f} s; strategy {}, seed {}\n", found.runs,
                             found.steps, static_cast<double>(found.duration_ns) / 1e9, options.strategy,
                             *options.seed)
              << not_under_control(options);
}

bool is_clean(const Exploration& found) {
  return found.last.failure == Failure::none && found.unequal.empty();
}

/// Why it says nothing that nothing was found; empty: it does.
std::string doubt_about(const ExploreOptions& options, const Exploration& found) {
  if (!is_clean(found)) return {};
  if (found.said.empty() && is_interrupted()) return interrupted_words;
  std::vector<std::string> doubts;
  for (std::size_t rule = 0; rule < options.faults.size(); ++rule)
    if (!found.possible_faults.contains(rule))
      doubts.push_back(fmt::format("a fault never happened: {}", options.faults[rule]));
  return fmt::format("{}", fmt::join(doubts, "\n"));
}

int exit_code_of(const Exploration& found) {
  if (found.failing) return Exit::violated;
  if (found.last.failure == Failure::broken) return Exit::broken;
  return is_clean(found) ? Exit::held : Exit::inconclusive;
}

int report(const ExploreOptions& options, Exploration found) {
  const auto place = found.failing ? keep(options, *found.failing) : "";
  int code = place ? exit_code_of(found) : Exit::broken;
  if (const std::string doubt = doubt_about(options, found); !doubt.empty()) {
    found.said += (found.said.empty() ? "" : "\n") + doubt;
    code = Exit::inconclusive;
  }
  if (options.common.json)
    std::cout << explored_as_json(options, found, place.value_or(""), code);
  else
    show(options, found, place.value_or(""));
  return code;
}

bool add_faults(const ExploreOptions& options, controlled::Settings& settings) {
  for (const std::string& text : options.faults) {
    auto rule = controlled::read_fault(text, vocabulary());
    if (!rule) {
      std::cerr << fmt::format("squall: --fault '{}': {}\n", text, rule.error());
      return false;
    }
    settings.faults.push_back(std::move(*rule));
  }
  return true;
}

int report_broken(const ExploreOptions& options, const std::string& why) {
  Exploration nothing;
  nothing.last.failure = Failure::broken;
  nothing.last.what = why;
  return report(options, std::move(nothing));
}

int explore(const ExploreOptions&, const Surroundings&);

}  // namespace

int explore(const ExploreOptions& options) {
  if (has_misplaced_transports(options.command, options.transports)) return Exit::usage;
  if (!can_write_to(options.out)) return Exit::usage;
  ExploreOptions filled = options;
  if (!heed_interruptions()) return Exit::broken;
  if (!filled.seed) filled.seed = random_seed();
  if (names_scenario(options.command)) {
    const auto command = command_of_case(options.command[0], options.transports, *filled.seed);
    if (!command) return Exit::usage;
    filled.command = *command;
  }
  if (const std::string why = obstacle_to_running(filled.command); !why.empty())
    return report_broken(filled, why);
  return with_surroundings(filled.command,
                           [&](const Surroundings& surroundings) { return explore(filled, surroundings); });
}

namespace {

int explore(const ExploreOptions& options, const Surroundings& surroundings) {
  controlled::Settings settings;
  settings.command.words = options.command;
  settings.command.environment = controlled::plain_environment();
  settings.command.traps_time_stamps = options.time_stamps;
  settings.points = options.points == "calls" ? controlled::Points::calls : controlled::Points::shared;
  controlled::Search search;
  if (!add_faults(options, settings)) return Exit::usage;
  settings.has_early_timeouts = options.timeouts == "early";
  search.options = options.bounds;
  search.strategy = options.strategy;
  search.seed = *options.seed;
  search.most_runs = options.runs;
  search.for_ms = options.for_ms;
  search.is_verified = options.verify;
  search.is_over = is_interrupted;
  std::optional<Counter> counter(std::in_place, "schedules", options.common);
  search.on_run = [&] { counter->count(); };
  Watching watching(rules_about(options), surroundings);
  watching.join(settings);
  for (const std::string& variable : controlled::sanitizer_environment())
    settings.command.environment.push_back(variable);
  const unsigned wanted = options.jobs == 0 ? controlled::available_processors() : options.jobs;
  const bool has_one_place = surroundings.scenario != nullptr && !surroundings.isolated;
  const Exploration found = controlled::explore_in_parallel(settings, search, has_one_place ? 1 : wanted,
                                                            {surroundings.isolated, surroundings.directory});
  counter.reset();
  return report(options, found);
}

}  // namespace
}  // namespace squall::cli
