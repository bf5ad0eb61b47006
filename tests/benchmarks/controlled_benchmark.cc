// What control costs: schedule points a second and executions a second, exec included, of programs of the
// corpus. `rounds` is glibc's process-shared mutex and condition variable, four processes, three rounds.
#include "harness/engine/controlled/explorer.h"

#include <benchmark/benchmark.h>

namespace {

using namespace squall::controlled;

void explore(benchmark::State& state, const char* program, Points points) {
  Settings settings;
  settings.command.words = {SQUALL_BINARY_DIR "/bin/controlled-programs", program, "fixed"};
  settings.command.environment = plain_environment();
  settings.points = points;
  Search search;
  search.strategy = "random";
  search.most_runs = 20;
  std::uint64_t runs = 0, steps = 0, duration_ns = 0;
  for (auto _ : state) {
    const Exploration found = Explorer(settings).explore(search);
    ++search.seed;
    runs += found.runs;
    steps += found.steps;
    duration_ns += found.duration_ns;
    if (found.last.failure != Failure::none) state.SkipWithError(found.last.what.c_str());
  }
  const double seconds = static_cast<double>(duration_ns) / 1e9;
  state.counters["runs/s"] = static_cast<double>(runs) / seconds;
  state.counters["points/s"] = static_cast<double>(steps) / seconds;
  state.counters["us/point"] = seconds * 1e6 / static_cast<double>(steps);
}

}  // namespace

BENCHMARK_CAPTURE(explore, rounds, "rounds", Points::shared);
BENCHMARK_CAPTURE(explore, rounds_calls_only, "rounds", Points::calls);
BENCHMARK_CAPTURE(explore, lost_update, "lost-update", Points::shared);
BENCHMARK_CAPTURE(explore, spawned, "spawned", Points::shared);

BENCHMARK_MAIN();
