// What the preloaded library adds to a call: without rules, with one that does not fire, with one that does.
//
//   fault_benchmark --benchmark_filter='write'
//
// Each variant is a fresh run of this program, under the library or not, and every one of them alternates
// with a bare run, so that drift hits both. `bare_ns` and `added_ns` are what one call costs and what is
// added to it, both of the best of many short rounds: whoever else runs here can only make them longer.
// `ratio` is with over without. fiu-run -x, where it is installed, stands beside.
#include "tests/harness/preload/preloaded.h"

#include <benchmark/benchmark.h>
#include <pthread.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace squall::benchmarks {
namespace {

using namespace squall::faults;
using tests::Outcome;
using tests::Preloaded;

constexpr int pairs = 9;
constexpr int rounds = 30;
constexpr std::uint64_t quiet_calls = 30'000;
constexpr std::uint64_t firing_calls = 500;  // of which all rounds have room in a diary
static_assert(rounds * firing_calls < max_decisions);

std::uint64_t now_ns() {
  timespec now{};
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);  // that of libc may be the one that fails
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

/// One call, made again and again.
struct Loop {
  const char* call;
  void (*run)(std::uint64_t times);
};

int open_for(const char* path, int flags) {
  const int descriptor = open(path, flags | O_CLOEXEC);
  if (descriptor < 0) std::abort();
  return descriptor;
}

const Loop loops[] = {
    {"write",
     [](std::uint64_t times) {
       static const int nowhere = open_for("/dev/null", O_WRONLY);
       for (; times != 0; --times) benchmark::DoNotOptimize(write(nowhere, "x", 1));
     }},
    {"read",
     [](std::uint64_t times) {
       static const int zero = open_for("/dev/zero", O_RDONLY);
       char byte = 0;
       for (; times != 0; --times) benchmark::DoNotOptimize(read(zero, &byte, 0));
     }},
    {"clock_gettime",
     [](std::uint64_t times) {
       timespec now;
       for (; times != 0; --times) benchmark::DoNotOptimize(clock_gettime(CLOCK_REALTIME, &now));
     }},
    {"pthread_mutex_trylock",
     [](std::uint64_t times) {
       static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
       for (; times != 0; --times) benchmark::DoNotOptimize(pthread_mutex_trylock(&mutex));
     }},
};

/// What the child does: prints the nanoseconds of one call, of the best of some rounds.
int measure(const char* call, std::uint64_t times) {
  const auto* loop = std::find_if(std::begin(loops), std::end(loops),
                                  [&](const Loop& each) { return std::strcmp(each.call, call) == 0; });
  if (loop == std::end(loops)) return 2;
  double best_ns = 1e18;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t begin_ns = now_ns();
    loop->run(times);
    best_ns = std::min(best_ns, static_cast<double>(now_ns() - begin_ns) / static_cast<double>(times));
  }
  return std::printf("%.3f\n", best_ns) > 0 ? 0 : 1;
}

std::vector<std::string> child(const char* call, std::uint64_t times) {
  return {"/proc/self/exe", "--measure", call, std::to_string(times)};
}

double cost_of(const Outcome& outcome) {
  if (outcome.status == 0) return std::stod(outcome.output);
  std::fprintf(stderr, "a measured child ended with %d\n", outcome.status);
  std::abort();
}

/// How a rule is to stand to the measured call.
struct Variant {
  const char* name;
  void (*prepare)(Preloaded&, const char* call);
  std::uint64_t calls = quiet_calls;
};

Rule& rule_of(Preloaded& program, const char* call, Action action) {
  Rule& rule = program.rule(action, {call});
  rule.error = EIO;
  rule.illegal = true;
  return rule;
}

const Variant variants[] = {
    {"quiet", [](Preloaded& program, const char*) { rule_of(program, "mq_notify", Action::error); }},
    {"watched", [](Preloaded& program, const char*) { program.rules().watch_handlers = true; }},
    {"far-away",
     [](Preloaded& program, const char* call) { rule_of(program, call, Action::error).first = UINT64_MAX; }},
    {"improbable",
     [](Preloaded& program, const char* call) { rule_of(program, call, Action::error).probability = 0; }},
    {"one-channel",
     [](Preloaded& program, const char* call) {
       Rule& rule = rule_of(program, call, Action::error);
       program.channel(0).inode = 1;
       rule.any_channel = false;
       rule.channels.add(0);
     }},
    {"yielding", [](Preloaded& program, const char* call) { rule_of(program, call, Action::yield); },
     firing_calls},
    {"failing", [](Preloaded& program, const char* call) { rule_of(program, call, Action::error); },
     firing_calls},
};

/// Alternates; `with` measures one run of what is to be compared.
template <class With>
void compare(benchmark::State& state, const char* call, std::uint64_t calls, const With& with) {
  double bare_ns = 1e18, with_ns = 1e18;
  for ([[maybe_unused]] auto _ : state) {
    const tests::Scratch scratch;
    bare_ns = std::min(bare_ns, cost_of(tests::run_command(scratch, child(call, calls), {})));
    const double this_ns = cost_of(with());
    with_ns = std::min(with_ns, this_ns);
    state.SetIterationTime(this_ns * 1e-9);
  }
  state.counters["bare_ns"] = bare_ns;
  state.counters["added_ns"] = with_ns - bare_ns;
  state.counters["ratio"] = with_ns / bare_ns;
}

void against_bare(benchmark::State& state, const char* call, const Variant* variant) {
  compare(state, call, variant->calls, [&] {
    Preloaded program;
    variant->prepare(program, call);
    return program.run(child(call, variant->calls));
  });
}

void against_fiu_run(benchmark::State& state, const char* call) {
  compare(state, call, quiet_calls, [&] {
    std::vector<std::string> command = {"fiu-run", "-x"};
    for (std::string& word : child(call, quiet_calls)) command.push_back(word);
    command[2] = std::filesystem::read_symlink("/proc/self/exe");
    return tests::run_command(tests::Scratch(), command, {});
  });
}

bool has_fiu_run() {
  return tests::run_command(tests::Scratch(), {"sh", "-c", "command -v fiu-run"}, {}).status == 0;
}

void register_all() {
  const bool fiu = has_fiu_run();
  for (const Loop& loop : loops) {
    for (const Variant& variant : variants)
      benchmark::RegisterBenchmark((std::string(loop.call) + "/" + variant.name).c_str(), against_bare,
                                   loop.call, &variant)
          ->UseManualTime()
          ->Iterations(pairs);
    // Its preload has no others of these.
    const bool wrapped = std::strcmp(loop.call, "write") == 0 || std::strcmp(loop.call, "read") == 0;
    if (fiu && wrapped)
      benchmark::RegisterBenchmark((std::string(loop.call) + "/fiu-run").c_str(), against_fiu_run, loop.call)
          ->UseManualTime()
          ->Iterations(pairs);
  }
}

}  // namespace
}  // namespace squall::benchmarks

int main(int argc, char** argv) {
  using namespace squall::benchmarks;
  if (argc == 4 && std::strcmp(argv[1], "--measure") == 0) return measure(argv[2], std::stoull(argv[3]));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  register_all();
  benchmark::RunSpecifiedBenchmarks();
}
