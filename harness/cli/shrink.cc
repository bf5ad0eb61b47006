// squall shrink: the same violation with less.
#include "harness/cli/counter.h"
#include "harness/cli/explore.h"
#include "harness/cli/interruption.h"
#include "harness/cli/runnable.h"
#include "harness/cli/search_json.h"
#include "harness/cli/watching.h"
#include "harness/cli/writable.h"
#include "harness/engine/controlled/explorer.h"
#include "harness/engine/controlled/symbols/places.h"
#include "ipc/clock.h"
#include "reports/text.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

namespace squall::cli {

namespace {

std::string place_beside(const std::string& file) {
  std::filesystem::path path(file);
  return path.replace_extension(".shrunk.schedule");
}

/// Where it is now; empty: it could not be written.
std::string keep(const ReplayOptions& options, const controlled::Schedule& schedule) {
  std::string place = options.out.empty() ? place_beside(options.file) : options.out;
  std::ofstream file(place);
  file << controlled::write_schedule(schedule);
  if (file.flush().good()) return place;
  std::cerr << "squall: cannot write " << place << '\n';
  return {};
}

std::string costs(const controlled::Schedule& schedule) {
  return fmt::format("{}, {} faults and signals, {} switches, {} steps",
                     reports::counted(count_preemptions(schedule), "preemption"), count_extras(schedule),
                     count_switches(schedule), schedule.steps.size());
}

/// The story with lines of source: the schedule once more, watched at the steps that the story tells of.
std::string story_with_places(const controlled::Schedule& schedule, controlled::Settings settings) {
  std::set<std::uint64_t> told;
  static_cast<void>(controlled::story_of(schedule, [&](std::size_t step) {
    told.insert(step);
    return std::string();
  }));
  controlled::StepPlaces places([&](std::uint64_t step) { return told.count(step) != 0; });
  settings.observers.push_back(&places);
  controlled::Explorer(settings).replay(schedule, 1);
  return controlled::story_of(schedule, [&](std::size_t step) { return places.of(step); });
}

int report_unstable(const ReplayOptions& options, const controlled::Schedule& schedule,
                    const controlled::Shrunk& shrunk) {
  std::cout << (options.common.json    ? shrunk_as_json(schedule, shrunk, "", "", Exit::inconclusive)
                : shrunk.attempts == 0 ? "interrupted\n"
                                       : "the schedule does not fail again\n");
  return Exit::inconclusive;
}

int report_broken(const ReplayOptions& options, const controlled::Schedule& schedule,
                  const std::string& why) {
  std::cerr << "squall: " << why << '\n';
  if (options.common.json)
    std::cout << shrunk_as_json(schedule, {schedule, 0, false, false}, "", "", Exit::broken);
  return Exit::broken;
}

int shrink(const ReplayOptions& options, const controlled::Schedule& schedule,
           const Surroundings& surroundings) {
  controlled::Settings settings = controlled::settings_of(schedule);
  Watching watching(schedule.rules, surroundings);
  watching.join(settings);
  const std::uint64_t end_ns = options.for_ms == 0 ? UINT64_MAX : ipc::now_ns() + options.for_ms * 1'000'000;
  std::optional<Counter> counter(std::in_place, "attempts", options.common);
  controlled::Patience patience;
  if (options.for_ms != 0) patience.most_attempts = SIZE_MAX;
  patience.is_over = [&] { return is_interrupted() || ipc::now_ns() >= end_ns; };
  patience.on_attempt = [&] { counter->count(); };
  const auto shrunk = controlled::Explorer(settings).shrink(schedule, patience);
  counter.reset();
  if (!shrunk.is_stable) return report_unstable(options, schedule, shrunk);
  const std::string place = keep(options, shrunk.schedule);
  const int code = place.empty() ? Exit::broken : Exit::violated;
  const std::string story = story_with_places(shrunk.schedule, settings);
  if (options.common.json) {
    std::cout << shrunk_as_json(schedule, shrunk, story, place, code);
    return code;
  }
  const char* const why_it_ended = shrunk.is_minimal     ? ""
                                   : is_interrupted()    ? " (interrupted)"
                                   : options.for_ms != 0 ? " (time ran out)"
                                                         : " (attempts ran out)";
  const std::string once_more =
      place.empty() ? "" : "; once more:  squall replay " + reports::shell_word(place);
  std::cout << story
            << fmt::format("before: {}\nafter:  {}{}\nin {} attempts{}\n", costs(schedule),
                           costs(shrunk.schedule), why_it_ended, shrunk.attempts, once_more);
  return code;
}

}  // namespace

int shrink(const ReplayOptions& options) {
  if (!can_write_to(options.out)) return Exit::usage;
  const auto schedule = load_schedule(options.file);
  if (!schedule) return Exit::usage;
  if (const std::string why = obstacle_to_running(schedule->command, schedule->directory); !why.empty())
    return report_broken(options, *schedule, why);
  if (!heed_interruptions()) return Exit::broken;
  return with_surroundings(schedule->command, [&](const Surroundings& surroundings) {
    return shrink(options, *schedule, surroundings);
  });
}

}  // namespace squall::cli
