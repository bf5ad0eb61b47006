// What recording costs: a begin + finish pair, beside the two clock reads that it cannot do without and
// beside a loop that records nothing. Compare within one run; absolute times drift with the machine.
//
//   recorded        into pages that were made beforehand, as workers make them for the messages of their plan
//   grown           into a file that grows as it goes
//   whole_recording the creation and the trimming of the file besides
#include "harness/history/recorder.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace {

using squall::history::Call;
using squall::history::Recorder;
using squall::history::Status;

constexpr int operations = 100'000;

/// A directory of its own, gone with the process.
struct Directory {
  std::string path = std::filesystem::temp_directory_path() / "squall-benchmark-XXXXXX";
  Directory() {
    if (mkdtemp(path.data()) == nullptr) std::abort();
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string file() const { return path + "/0.history"; }
};

void per_operation(benchmark::State& state) {
  state.counters["per operation"] = benchmark::Counter(
      operations, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void unrecorded(benchmark::State& state) {
  for (auto _ : state)
    for (std::uint64_t value = 0; value < operations; ++value) benchmark::DoNotOptimize(value);
  per_operation(state);
}

void two_clock_reads(benchmark::State& state) {
  for (auto _ : state)
    for (int i = 0; i < operations; ++i) {
      benchmark::DoNotOptimize(squall::history::now_ns());
      benchmark::DoNotOptimize(squall::history::now_ns());
    }
  per_operation(state);
}

void record(Recorder& recorder) {
  for (std::uint64_t value = 0; value < operations; ++value) {
    auto& operation = recorder.begin(Call::send, 1, value, 64);
    benchmark::DoNotOptimize(value);
    Recorder::finish(operation, Status::ok);
  }
}

void record_into(benchmark::State& state, std::size_t expected) {
  const Directory directory;
  for (auto _ : state) {
    state.PauseTiming();
    std::filesystem::remove(directory.file());
    auto recorder = Recorder::create(directory.file(), 0, expected);
    state.ResumeTiming();
    record(*recorder);
    state.PauseTiming();
    recorder = squall::failure(ENOENT, "closed");
    state.ResumeTiming();
  }
  per_operation(state);
}

void recorded(benchmark::State& state) { record_into(state, operations); }
void grown(benchmark::State& state) { record_into(state, 0); }

void whole_recording(benchmark::State& state) {
  const Directory directory;
  for (auto _ : state) {
    auto recorder = Recorder::create(directory.file(), 0);
    if (!recorder) return state.SkipWithError("cannot create a recording");
    record(*recorder);
    recorder = squall::failure(ENOENT, "closed");
    std::filesystem::remove(directory.file());
  }
  per_operation(state);
}

BENCHMARK(unrecorded);
BENCHMARK(two_clock_reads);
BENCHMARK(recorded);
BENCHMARK(grown);
BENCHMARK(whole_recording);

}  // namespace

BENCHMARK_MAIN();
