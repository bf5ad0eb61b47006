// What judging a history costs, from 10^3 operations to 10^7: time an operation, how it grows, and the most
// working memory at once. The histories are those of sixteen processes that overlap all the time; making them
// is not measured. On one core; compare the times of one run.
#include "checkers/linear/checkers.h"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <new>
#include <random>
#include <vector>

namespace {

std::size_t allocated = 0, most_allocated = 0;

void* counted(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  allocated += malloc_usable_size(memory);
  most_allocated = std::max(most_allocated, allocated);
  return memory;
}

void uncounted(void* memory) {
  if (memory != nullptr) allocated -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { uncounted(memory); }
void operator delete[](void* memory) noexcept { uncounted(memory); }
void operator delete(void* memory, std::size_t) noexcept { uncounted(memory); }
void operator delete[](void* memory, std::size_t) noexcept { uncounted(memory); }

namespace {

using squall::linear::Function;
using squall::linear::History;
using squall::linear::Operation;
using squall::linear::Result;
using Operations = std::vector<Operation>;

constexpr std::uint32_t processes = 16;

/// Operations take effect one after the other; each begins and ends up to eight others away from that.
class Simulation {
 public:
  explicit Simulation(std::size_t count) : random_(20'261'123) { operations_.reserve(count); }

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  Operation& happens(Function function) {
    Operation operation;
    operation.function = function;
    operation.process = static_cast<std::uint32_t>(operations_.size() % processes);
    now_ns_ += 1'000;
    operation.invoke = now_ns_ - below(8'000);
    operation.ret = now_ns_ + below(8'000);
    return operations_.emplace_back(operation);
  }

  Operations recorded() {
    std::sort(operations_.begin(), operations_.end(),
              [](const Operation& left, const Operation& right) { return left.invoke < right.invoke; });
    return std::move(operations_);
  }

  std::size_t size() const { return operations_.size(); }

 private:
  std::mt19937_64 random_;
  Operations operations_;
  std::uint64_t now_ns_ = 1'000'000;
};

/// Four senders number their messages, as squall's tags do. One in a hundred receives finds nothing, where it
/// can; one in a thousand operations was cut short by a kill.
Operations queue(std::size_t count, unsigned priorities) {
  constexpr std::size_t deepest = 1'000;
  Simulation simulation(count);
  std::array<std::uint64_t, 4> sent{};
  std::vector<std::deque<std::int64_t>> inside(priorities);
  std::size_t depth = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (depth == 0 ? simulation.below(100) != 0 : depth < deepest && simulation.below(2) == 0) {
      Operation& put = simulation.happens(Function::enqueue);
      const std::uint64_t sender = simulation.below(sent.size());
      put.value = static_cast<std::int64_t>(sender << 52 | ++sent[sender] << 20 | 64);
      put.other = static_cast<std::int64_t>(simulation.below(priorities));
      if (simulation.below(1'000) == 0) {
        put.ret = squall::linear::never;
        if (simulation.below(2) == 0) continue;
      }
      inside[static_cast<std::size_t>(put.other)].push_back(put.value);
      ++depth;
      continue;
    }
    Operation& take = simulation.happens(Function::dequeue);
    if (depth == 0) continue;
    std::size_t highest = priorities - 1;
    while (inside[highest].empty()) --highest;
    take.result = inside[highest].front();
    take.other = static_cast<std::int64_t>(highest);
    inside[highest].pop_front();
    --depth;
  }
  return simulation.recorded();
}

/// With nothing left inside.
Operations drained_queue(std::size_t count) {
  Operations operations = queue(count, 1);
  std::vector<std::int64_t> taken;
  for (const Operation& operation : operations)
    if (operation.function == Function::dequeue) taken.push_back(operation.result);
  std::sort(taken.begin(), taken.end());
  std::erase_if(operations, [&](const Operation& operation) {
    return operation.function == Function::enqueue &&
           !std::binary_search(taken.begin(), taken.end(), operation.value);
  });
  return operations;
}

Operations word(std::size_t count) {
  Simulation simulation(count);
  std::int64_t written = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (simulation.below(2) == 0)
      simulation.happens(Function::write).value = ++written;
    else
      simulation.happens(Function::read).result = written == 0 ? squall::linear::nothing : written;
  return simulation.recorded();
}

Operations counter(std::size_t count) {
  Simulation simulation(count);
  std::int64_t added = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (simulation.below(2) == 0)
      simulation.happens(Function::add).value = 1, ++added;
    else
      simulation.happens(Function::read).result = added;
  return simulation.recorded();
}

Operations ids(std::size_t count) {
  Simulation simulation(count);
  for (std::size_t i = 0; i < count; ++i)
    simulation.happens(Function::add).result = static_cast<std::int64_t>(i);
  return simulation.recorded();
}

/// Waiting for the lock overlaps; holding it does not.
Operations lock(std::size_t count) {
  constexpr std::uint64_t turn_ns = 2'000;
  Operations operations;
  operations.reserve(count);
  Simulation dice(0);
  for (std::uint64_t turn = 0; operations.size() + 2 <= count; ++turn) {
    const std::uint64_t begin = (turn + 20) * turn_ns;
    Operation acquire, release;
    acquire.process = release.process = static_cast<std::uint32_t>(turn % processes);
    acquire.function = Function::acquire, release.function = Function::release;
    acquire.invoke = begin - dice.below(8) * turn_ns, acquire.ret = begin + 500;
    release.invoke = begin + 1'000, release.ret = begin + 1'000 + dice.below(4'000);
    operations.push_back(acquire);
    operations.push_back(release);
  }
  std::sort(operations.begin(), operations.end(),
            [](const Operation& left, const Operation& right) { return left.invoke < right.invoke; });
  return operations;
}

using Make = Operations (*)(std::size_t);
using Check = Result (*)(History);

/// Small histories are judged in memory that was used before; so are large ones, or else what they would be
/// compared by is page faults.
[[maybe_unused]] const bool memory_is_kept =
    mallopt(M_MMAP_MAX, 0) == 1 && mallopt(M_TRIM_THRESHOLD, -1) == 1;

void judged(benchmark::State& state, Make make, Check check) {
  const Operations operations = make(static_cast<std::size_t>(state.range(0)));
  const std::size_t before = allocated;
  most_allocated = allocated;
  for (auto _ : state) {
    const Result result = check(operations);
    if (!result.valid()) {
      state.SkipWithError(result.why.c_str());
      return;
    }
  }
  const auto count = static_cast<double>(operations.size());
  state.SetComplexityN(state.range(0));
  state.counters["an operation"] =
      benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["bytes an operation"] = static_cast<double>(most_allocated - before) / count;
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->RangeMultiplier(10)->Range(1'000, 10'000'000)->Unit(benchmark::kMillisecond)->Complexity();
}

using namespace squall::linear;

BENCHMARK_CAPTURE(
    judged, fifo, [](std::size_t count) { return queue(count, 1); }, check_fifo)
    ->Apply(sizes);
BENCHMARK_CAPTURE(
    judged, priority, [](std::size_t count) { return queue(count, 4); }, check_priority)
    ->Apply(sizes);
BENCHMARK_CAPTURE(judged, delivery, drained_queue, [](History h) { return check_delivery(h); })->Apply(sizes);
BENCHMARK_CAPTURE(
    judged, capacity, [](std::size_t count) { return queue(count, 1); },
    [](History h) { return check_capacity(h, 1'100); })
    ->Apply(sizes);
BENCHMARK_CAPTURE(judged, register, word, [](History h) { return check_register(h); })->Apply(sizes);
BENCHMARK_CAPTURE(judged, counter, counter, [](History h) { return check_counter(h); })->Apply(sizes);
BENCHMARK_CAPTURE(judged, unique_ids, ids, check_unique_ids)->Apply(sizes);
BENCHMARK_CAPTURE(judged, mutex, lock, check_mutex)->Apply(sizes);
BENCHMARK_CAPTURE(judged, robust_mutex, lock, [](History h) {
  return check_robust_mutex(h, {});
})->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
