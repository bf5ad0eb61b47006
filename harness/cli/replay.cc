// squall replay: an execution once more, exactly.
#include "harness/cli/explore.h"
#include "harness/cli/runnable.h"
#include "harness/cli/search_json.h"
#include "harness/cli/watching.h"
#include "harness/engine/controlled/explorer.h"
#include "harness/engine/controlled/gdb/server.h"
#include "harness/engine/controlled/trace/trace.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace squall::cli {

std::optional<controlled::Schedule> load_schedule(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    std::cerr << fmt::format("squall: {} is a directory, not a schedule\n", path);
    return std::nullopt;
  }
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

namespace {

int serve(const controlled::Settings& settings, const controlled::Schedule& schedule, int listener) {
  controlled::GdbOptions options;
  options.listener = listener;
  options.is_serving = [&](std::uint16_t at) {
    std::cout
        << fmt::format(
               "held at: {}\nin gdb:   target remote localhost:{}\nof other processes than the first:   "
               "inferior 2, symbol-file PROGRAM\n",
               schedule.violation, at)
        << std::flush;
  };
  const controlled::GdbServed served = serve_gdb(settings, schedule, options);
  if (served.served) return Exit::violated;
  std::cout << served.why << '\n';
  return Exit::inconclusive;
}

bool write_trace(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (file.flush().good()) return true;
  std::cerr << "squall: cannot write " << path << '\n';
  return false;
}

/// An exact one that has diverged may have had a guide, in another build.
bool is_reproduced(const controlled::Schedule& schedule, const controlled::Replayed& replayed) {
  if (replayed.diverged.empty()) return true;
  return !replayed.other_build.empty() && word_for(replayed.last.failure) == schedule.failure;
}

void show(const ReplayOptions& options, const controlled::Schedule& schedule,
          const controlled::Replayed& replayed) {
  if (options.common.verbosity == reports::Verbosity::verbose)
    for (const std::string& words : replayed.last.words) std::cout << words << '\n';
  if (!replayed.diverged.empty()) {
    std::cout << replayed.diverged << '\n';
    if (!replayed.other_build.empty())
      std::cout << fmt::format("guided: another build of {}: {}\n", replayed.other_build,
                               is_reproduced(schedule, replayed)
                                   ? fmt::format("{}: {}", schedule.failure, replayed.last.what)
                                   : fmt::format("no {}", schedule.failure));
    return;
  }
  if (options.common.verbosity != reports::Verbosity::quiet) std::cout << replayed.last.errors;
  std::cout << fmt::format("{}: {}\nthe same {} of {} times, {} steps\n", schedule.failure,
                           replayed.last.what, replayed.times, options.times, replayed.last.steps.size());
}

int report(const ReplayOptions& options, const controlled::Schedule& schedule,
           const controlled::Replayed& replayed, bool is_traced) {
  const int code = !is_traced                          ? Exit::broken
                   : is_reproduced(schedule, replayed) ? Exit::violated
                                                       : Exit::inconclusive;
  if (options.common.json)
    std::cout << replayed_as_json(options, schedule, replayed, code);
  else
    show(options, schedule, replayed);
  return code;
}

int report_broken(const ReplayOptions& options, const controlled::Schedule& schedule,
                  const std::string& why) {
  controlled::Replayed nothing;
  nothing.last.failure = controlled::Failure::broken;
  nothing.last.what = why;
  if (options.common.json)
    std::cout << replayed_as_json(options, schedule, nothing, Exit::broken);
  else
    std::cerr << "squall: " << why << '\n';
  return Exit::broken;
}

int replay(const ReplayOptions& options, const controlled::Schedule& schedule, int gdb_listener,
           const Surroundings& surroundings) {
  controlled::Settings settings = controlled::settings_of(schedule);
  Watching watching(schedule.rules, surroundings);
  watching.join(settings);
  if (options.gdb_port) return serve(settings, schedule, gdb_listener);
  controlled::TraceWriter trace;
  if (!options.trace.empty()) settings.observers.push_back(&trace);
  settings.words = options.common.verbosity == reports::Verbosity::verbose || !options.trace.empty();
  const controlled::Replayed replayed = controlled::Explorer(settings).replay(schedule, options.times);
  const bool is_traced = options.trace.empty() || write_trace(options.trace, trace.text());
  return report(options, schedule, replayed, is_traced);
}

}  // namespace

int replay(const ReplayOptions& options) {
  const auto schedule = load_schedule(options.file);
  if (!schedule) return Exit::usage;
  if (const std::string why = obstacle_to_running(schedule->command, schedule->directory); !why.empty())
    return report_broken(options, *schedule, why);
  FileDescriptor listener;  // of the network outside, where gdb is
  if (options.gdb_port) {
    listener = controlled::listen_for_gdb(*options.gdb_port);
    if (!listener) {
      std::cerr << fmt::format("squall: cannot listen at port {}: {}\n", *options.gdb_port, strerror(errno));
      return Exit::broken;
    }
  }
  return with_surroundings(schedule->command, [&](const Surroundings& surroundings) {
    return replay(options, *schedule, listener.get(), surroundings);
  });
}

}  // namespace squall::cli
