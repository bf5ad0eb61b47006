// squall shrink: the same violation with less.
#include "harness/cli/explore.h"
#include "harness/engine/controlled/explorer.h"
#include "harness/engine/controlled/names.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace squall::cli {

namespace {

std::string place_beside(const std::string& file) {
  std::filesystem::path path(file);
  return path.replace_extension(".shrunk.schedule");
}

std::string costs(const controlled::Schedule& schedule) {
  return fmt::format("{} preemptions, {} faults and signals, {} switches, {} steps",
                     count_preemptions(schedule), count_extras(schedule), count_switches(schedule),
                     schedule.steps.size());
}

}  // namespace

int shrink(const ReplayOptions& options) {
  const auto schedule = load_schedule(options.file);
  if (!schedule) return Exit::usage;
  controlled::hide_names(schedule->directory);
  const auto shrunk = controlled::Explorer(controlled::settings_of(*schedule)).shrink(*schedule);
  if (!shrunk.is_stable) {
    std::cout << "the schedule does not fail again\n";
    return Exit::inconclusive;
  }
  const std::string place = options.out.empty() ? place_beside(options.file) : options.out;
  std::ofstream file(place);
  file << controlled::write_schedule(shrunk.schedule);
  if (!file.flush().good()) {
    std::cerr << "squall: cannot write " << place << '\n';
    return Exit::broken;
  }
  std::cout << story_of(shrunk.schedule);
  std::cout << fmt::format("before: {}\nafter:  {}{}\nin {} attempts; once more:  squall replay {}\n",
                           costs(*schedule), costs(shrunk.schedule),
                           shrunk.is_minimal ? "" : " (attempts ran out)", shrunk.attempts, place);
  return Exit::violated;
}

}  // namespace squall::cli
