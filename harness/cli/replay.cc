// squall replay: an execution once more, exactly.
#include "harness/cli/explore.h"
#include "harness/engine/controlled/explorer.h"
#include "harness/engine/controlled/names.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>

namespace squall::cli {

std::optional<controlled::Schedule> load_schedule(const std::string& path) {
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file.good() && text.empty()) {
    std::cerr << "squall: cannot read " << path << '\n';
    return std::nullopt;
  }
  auto schedule = controlled::read_schedule(text, path);
  if (schedule) return std::move(*schedule);
  std::cerr << schedule.error() << '\n';
  return std::nullopt;
}

int replay(const ReplayOptions& options) {
  const auto schedule = load_schedule(options.file);
  if (!schedule) return Exit::usage;
  controlled::hide_names(schedule->directory);
  controlled::Settings settings = controlled::settings_of(*schedule);
  settings.words = options.common.verbosity == reports::Verbosity::verbose;
  const controlled::Replayed replayed = controlled::Explorer(settings).replay(*schedule, options.times);
  for (const std::string& words : replayed.last.words) std::cout << words << '\n';
  if (!replayed.diverged.empty()) {
    std::cout << replayed.diverged << '\n';
    return Exit::inconclusive;
  }
  if (options.common.verbosity != reports::Verbosity::quiet) std::cout << replayed.last.errors;
  std::cout << fmt::format("{}: {}\nthe same {} of {} times, {} steps\n", schedule->failure,
                           replayed.last.what, replayed.times, options.times, replayed.last.steps.size());
  return Exit::violated;
}

}  // namespace squall::cli
