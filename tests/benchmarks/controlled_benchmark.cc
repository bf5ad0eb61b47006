// What control costs: schedule points a second and executions a second, exec included, of programs of the
// corpus. `rounds` is glibc's process-shared mutex and condition variable, four processes, three rounds.
//
// Where the time goes, measured beside it in the same run: "by itself" is the share of the same program
// without a tracer (exec, fork, page faults, exit), "in stops" that of the bare stops of a traced task, one
// for each point; the rest is ours. What compares machines: "stops/point" is a point in bare stops,
// "refusals/point" in stops for a refused access whose signal and registers are read and its registers set.
#include "harness/engine/controlled/explorer.h"
#include "harness/engine/controlled/launch.h"
#include "harness/engine/controlled/ptrace.h"
#include "ipc/clock.h"

#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/mman.h>
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

/// From one stop of a task to the next, on one processor. `answer` lets it go on.
double stop_ns(void (*task)(), void (*answer)(pid_t)) {
  constexpr int stops = 20'000;
  const Processor processor;
  const pid_t child = fork();
  if (child == 0) {
    if (processor.ordered()) Processor::order(getpid());
    task();
  }
  trace::seize(child);
  trace::interrupt(child);
  trace::next_of(child);
  const std::uint64_t begin = ipc::now_ns();
  for (int i = 0; i < stops; ++i) {
    answer(child);
    trace::next_of(child);
  }
  const std::uint64_t end = ipc::now_ns();
  kill(child, SIGKILL);
  for (auto stop = trace::next_of(child); stop && stop->event != Event::dead; stop = trace::next_of(child))
    trace::cont(child);
  return static_cast<double>(end - begin) / stops;
}

void call_for_ever() {
  for (;;) syscall(SYS_gettid);
}

void load_what_is_closed() {
  void* closed = mmap(nullptr, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile char*>(closed);
}

/// The same access is refused again.
void look_and_repeat(pid_t task) {
  siginfo_t information;
  Registers registers;
  trace::information(task, information);
  trace::registers(task, registers);
  trace::set_registers(task, registers);
  trace::cont(task);
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
  static const double bare_ns = stop_ns(call_for_ever, [](pid_t task) { trace::until_exit(task); });
  static const double refused_ns = stop_ns(load_what_is_closed, look_and_repeat);
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
  state.counters["stops/point"] = duration_ns / steps / bare_ns;
  state.counters["refusals/point"] = duration_ns / steps / refused_ns;
  state.counters["by itself"] = by_itself_ns * runs / duration_ns;
  state.counters["in stops"] = bare_ns * steps / duration_ns;
}

}  // namespace

BENCHMARK_CAPTURE(explore, rounds, "rounds", Points::shared);
BENCHMARK_CAPTURE(explore, rounds_static, "rounds", Points::shared, "-static");
BENCHMARK_CAPTURE(explore, rounds_calls_only, "rounds", Points::calls);
BENCHMARK_CAPTURE(explore, lost_update, "lost-update", Points::shared);
BENCHMARK_CAPTURE(explore, spawned, "spawned", Points::shared);

BENCHMARK_MAIN();
