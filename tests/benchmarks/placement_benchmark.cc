// What the place of shared memory costs: two processes that write words of one cache line, or of two; memory
// of the near node, or of the far one. Ratios are within one run. A machine with one node says so.
#include <benchmark/benchmark.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <iostream>
#include <string>

namespace {

constexpr std::uint64_t increments = 2'000'000;
constexpr std::size_t page = 4096;
constexpr int preferred_node = 1;  // MPOL_PREFERRED

struct Shared {
  alignas(64) std::atomic<std::uint64_t> mine;
  std::atomic<std::uint64_t> neighbour;            // the same line
  alignas(64) std::atomic<std::uint64_t> distant;  // another one
  alignas(64) std::atomic<std::uint32_t> go;
};
static_assert(sizeof(Shared) <= page);

void run_on(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(processor), &set);
  sched_setaffinity(0, sizeof set, &set);
}

void add(std::atomic<std::uint64_t>& word) {
  for (std::uint64_t i = 0; i < increments; ++i) word.fetch_add(1, std::memory_order_relaxed);
}

/// Two processes on two processors, one word each, at once.
void two_writers(benchmark::State& state, std::atomic<std::uint64_t> Shared::*other) {
  if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
    state.SkipWithError("one processor: nothing is shared at the same time");
    return;
  }
  for (auto _ : state) {
    void* memory = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto* shared = new (memory) Shared();
    const pid_t child = fork();
    if (child == 0) {
      run_on(1);
      while (shared->go.load(std::memory_order_acquire) == 0) {
      }
      add(shared->*other);
      _exit(0);
    }
    run_on(0);
    shared->go.store(1, std::memory_order_release);
    add(shared->mine);
    waitpid(child, nullptr, 0);
    munmap(memory, page);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * 2 * increments));
}

void one_line(benchmark::State& state) { two_writers(state, &Shared::neighbour); }
void two_lines(benchmark::State& state) { two_writers(state, &Shared::distant); }
BENCHMARK(one_line)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(two_lines)->UseRealTime()->Unit(benchmark::kMillisecond);

unsigned count_nodes() {
  unsigned nodes = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/devices/system/node", error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("node") && name.find_first_of("0123456789") == 4) ++nodes;
  }
  return nodes == 0 ? 1 : nodes;
}

/// Writes through shared memory that lives on one node, from a processor of node 0.
void node_memory(benchmark::State& state) {
  constexpr std::size_t bytes = std::size_t{64} << 20;
  const unsigned long node = 1UL << state.range(0);
  run_on(0);
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (syscall(SYS_mbind, memory, bytes, preferred_node, &node, 64UL, 0U) != 0) {
    state.SkipWithError("mbind is not allowed here");
    return;
  }
  auto* words = static_cast<volatile std::uint64_t*>(memory);
  for (auto _ : state)
    for (std::size_t i = 0; i < bytes / 8; i += 8) words[i] = i;
  munmap(memory, bytes);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes));
}

}  // namespace

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  const unsigned nodes = count_nodes();
  if (nodes == 1) std::cout << "NUMA: this machine has one node; there is no far memory to compare with\n";
  for (unsigned node = 0; node < nodes; ++node)
    benchmark::RegisterBenchmark("node_memory", node_memory)->Arg(node)->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
