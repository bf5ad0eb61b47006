// What control costs: schedule points a second and executions a second, exec included, of programs of the
// corpus. `rounds` is glibc's process-shared mutex and condition variable, four processes, three rounds.
//
// Where the time goes, measured beside it in the same run: "by itself" is the share of the same program
// without a tracer (exec, fork, page faults, exit), "in stops" that of the bare stops of a traced task, one
// for each point; the rest is ours. "stops/point" is what a point costs in bare stops, which compares
// machines.
#include "harness/engine/controlled/explorer.h"
#include "harness/engine/controlled/launch.h"
#include "harness/engine/controlled/ptrace.h"
#include "ipc/clock.h"

#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace {

using namespace squall;
using namespace squall::controlled;

std::string programs(const std::string& linking) {
  return SQUALL_BINARY_DIR "/bin/controlled-programs" + linking;
}

/// From one stop of a task that does nothing but calls to the next, on one processor.
double bare_stop_ns() {
  constexpr int stops = 20'000;
  const Processor processor;
  const pid_t child = fork();
  if (child == 0) {
    if (processor.ordered()) Processor::order(getpid());
    for (;;) syscall(SYS_gettid);
  }
  trace::seize(child);
  trace::interrupt(child);
  trace::next_of(child);
  const std::uint64_t begin = ipc::now_ns();
  for (int i = 0; i < stops; ++i) {
    trace::until_exit(child);
    trace::next_of(child);
  }
  const std::uint64_t end = ipc::now_ns();
  kill(child, SIGKILL);
  for (auto stop = trace::next_of(child); stop && stop->event != Event::dead; stop = trace::next_of(child))
    trace::cont(child);
  return static_cast<double>(end - begin) / stops;
}

double run_by_itself_ns(const Command& command) {
  constexpr int runs = 50;
  std::vector<std::string> words = command.words;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const Processor processor;
  const std::uint64_t begin = ipc::now_ns();
  for (int i = 0; i < runs; ++i) {
    pid_t child = 0;
    if (posix_spawn(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) return 0;
    waitpid(child, nullptr, 0);
  }
  return static_cast<double>(ipc::now_ns() - begin) / runs;
}

void explore(benchmark::State& state, const char* program, Points points, const char* linking = "") {
  Settings settings;
  settings.command.words = {programs(linking), program, "fixed"};
  settings.command.environment = plain_environment();
  settings.points = points;
  Search search;
  search.strategy = "random";
  search.most_runs = 20;
  static const double stop_ns = bare_stop_ns();
  const double by_itself_ns = run_by_itself_ns(settings.command);
  double runs = 0, steps = 0, duration_ns = 0;
  for (auto _ : state) {
    const Exploration found = Explorer(settings).explore(search);
    ++search.seed;
    runs += static_cast<double>(found.runs);
    steps += static_cast<double>(found.steps);
    duration_ns += static_cast<double>(found.duration_ns);
    if (found.last.failure != Failure::none) state.SkipWithError(found.last.what.c_str());
  }
  state.counters["runs/s"] = runs * 1e9 / duration_ns;
  state.counters["points/s"] = steps * 1e9 / duration_ns;
  state.counters["us/point"] = duration_ns / 1e3 / steps;
  state.counters["stops/point"] = duration_ns / steps / stop_ns;
  state.counters["by itself"] = by_itself_ns * runs / duration_ns;
  state.counters["in stops"] = stop_ns * steps / duration_ns;
}

}  // namespace

BENCHMARK_CAPTURE(explore, rounds, "rounds", Points::shared);
BENCHMARK_CAPTURE(explore, rounds_static, "rounds", Points::shared, "-static");
BENCHMARK_CAPTURE(explore, rounds_calls_only, "rounds", Points::calls);
BENCHMARK_CAPTURE(explore, lost_update, "lost-update", Points::shared);
BENCHMARK_CAPTURE(explore, spawned, "spawned", Points::shared);

BENCHMARK_MAIN();
