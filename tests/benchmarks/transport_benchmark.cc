// Every transport against the bare system calls on the same kind of kernel object, and its one-way latency.
//
//   transport_benchmark --benchmark_min_time=0.2 --benchmark_filter='throughput/pipe'
//
// throughput: this process sends a burst, a forked one receives it and answers with one byte. Bursts through
// the transport and through the bare loop alternate, so that drift hits both; `ratio` is the median of bare
// time over our time (1 = as fast as the bare loop, more = faster). latency: half of a round trip over two
// channels, median.
#include "ipc/transport.h"
#include "tests/benchmarks/bare_loops.h"
#include "tests/ipc/fixture.h"

#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace squall::benchmarks {
namespace {

using ipc::Receiver;
using ipc::Sender;
using ipc::Transport;
using ipc::test::Child;
using ipc::test::now_ns;
using ipc::test::World;

constexpr std::size_t burst_bytes = 4 << 20;
constexpr std::size_t longest_burst = 4096;
constexpr std::size_t shortest_burst = 64;

/// Enough to outweigh the answer; few where each message is waited for until it is on the disk.
std::size_t burst_of(const Transport& transport, std::size_t size) {
  if (transport.capabilities().has(ipc::Capability::durable)) return shortest_burst;
  return std::clamp(burst_bytes / size, shortest_burst, longest_burst);
}

double median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().message().c_str());
  std::abort();
}

/// The byte that says "go on" or "all received".
class Signal {
 public:
  Signal() {
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_) < 0) std::abort();
  }
  ~Signal() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  void give() const {
    if (::write(ends_[1], "x", 1) != 1) ::_exit(1);
  }
  void take() const {
    char byte = 0;
    if (::read(ends_[0], &byte, 1) != 1) ::_exit(1);
  }

 private:
  int ends_[2];
};

std::uint64_t clock_ns(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

struct Cost {
  std::uint64_t wall_ns = 0;
  std::uint64_t cpu_ns = 0;
};

/// The costs of both sides, burst by burst.
class Comparison {
 public:
  explicit Comparison(std::size_t burst) : burst_(static_cast<double>(burst)) {}

  void add(const Cost& ours, const Cost& bare) {
    ours_.push_back(static_cast<double>(ours.wall_ns) / burst_);
    if (bare.wall_ns == 0) return;
    bare_.push_back(static_cast<double>(bare.wall_ns) / burst_);
    ratios_.push_back(static_cast<double>(bare.wall_ns) / static_cast<double>(ours.wall_ns));
    cpu_ratios_.push_back(static_cast<double>(bare.cpu_ns) / static_cast<double>(ours.cpu_ns));
  }

  void report(benchmark::State& state) {
    state.counters["ours_ns"] = median(ours_);
    if (ratios_.empty()) return;
    state.counters["bare_ns"] = median(bare_);
    state.counters["ratio"] = median(ratios_);
    state.counters["cpu_ratio"] = median(cpu_ratios_);
  }

 private:
  double burst_;
  std::vector<double> ours_, bare_, ratios_, cpu_ratios_;
};

/// One side of the comparison: a child that receives bursts, and what sends to it. The child dies with this
/// object.
template <class Send, class ReceiveLoop>
class Lane {
 public:
  Lane(std::size_t burst, Send send, ReceiveLoop receive_loop)
      : burst_(burst),
        send_(std::move(send)),
        child_([&] { return receive_loop(burst, acknowledged_), 0; }) {}

  Cost run() {
    const Cost before{now_ns(), cpu_ns()};
    for (std::size_t i = 0; i < burst_; ++i) send_();
    acknowledged_.take();
    return {now_ns() - before.wall_ns, cpu_ns() - before.cpu_ns};
  }

 private:
  std::size_t burst_;
  Send send_;
  /// What both processes have used up.
  std::uint64_t cpu_ns() const {
    clockid_t clock = 0;
    if (::clock_getcpuclockid(child_.pid(), &clock) != 0) std::abort();
    return clock_ns(clock) + clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  }

  Signal acknowledged_;
  Child child_;
};

ipc::ChannelOptions options_of(const World& world, std::size_t size, const char* suffix) {
  ipc::ChannelOptions options = world.options();
  options.name += suffix;
  options.max_message = size;
  return options;
}

void throughput(benchmark::State& state, const Transport& transport, std::size_t size) {
  World world;
  ::alarm(0);
  const std::size_t burst = burst_of(transport, size);
  std::vector<std::byte> bytes(size);
  auto bare = bare_loop(transport.name(), size);
  auto channel = must(transport.create(options_of(world, size, "")));
  std::unique_ptr<Sender> sender;
  Signal attached;
  Lane ours(
      burst,
      [&] {
        if (!sender->send(bytes)) std::abort();
      },
      [&](std::size_t count, const Signal& done) {
        auto receiver = ipc::test::receiver_in_child(*channel);
        std::vector<std::byte> buffer(size);
        attached.give();
        for (;;) {
          for (std::size_t i = 0; i < count; ++i) {
            if (!receiver->receive(buffer)) std::abort();
          }
          done.give();
        }
      });
  attached.take();
  sender = must(channel->sender());
  Lane theirs(
      burst, [&] { bare->send(bytes.data(), size); },
      [&](std::size_t count, const Signal& done) {
        ::alarm(0);
        if (!bare) return;
        for (;;) {
          for (std::size_t i = 0; i < count; ++i) bare->receive(bytes.data(), size);
          done.give();
        }
      });
  ours.run();
  if (bare) theirs.run();
  Comparison comparison(burst);
  for (bool ours_first = true; auto _ : state) {
    Cost bare_cost;
    if (bare && !ours_first) bare_cost = theirs.run();
    const Cost our_cost = ours.run();
    if (bare && ours_first) bare_cost = theirs.run();
    ours_first = !ours_first;
    comparison.add(our_cost, bare_cost);
    state.SetIterationTime(static_cast<double>(our_cost.wall_ns) / 1e9);
  }
  comparison.report(state);
  if (bare) state.SetLabel(std::string(bare->calls()));
}

void latency(benchmark::State& state, const Transport& transport, std::size_t size) {
  World world;
  ::alarm(0);
  auto there = must(transport.create(options_of(world, size, "-there")));
  auto back = must(transport.create(options_of(world, size, "-back")));
  auto answers = must(back->receiver());
  Signal ready;
  Signal go;
  Child echo([&] {
    ::alarm(0);
    answers.reset();
    auto requests = there->receiver();
    ready.give();
    go.take();
    auto replies = back->sender();
    back->release();
    there->release();
    std::vector<std::byte> buffer(size);
    for (;;) {
      const auto received = (*requests)->receive(buffer);
      if (!received || !(*replies)->send({buffer.data(), received->size})) return 1;
    }
  });
  ready.take();
  auto requests = must(there->sender());
  go.give();
  std::vector<std::byte> bytes(size);
  std::vector<double> times;
  for (auto _ : state) {
    const std::uint64_t start = now_ns();
    if (!requests->send(bytes) || !answers->receive(bytes)) std::abort();
    const auto half = static_cast<double>(now_ns() - start) / 2;
    times.push_back(half);
    state.SetIterationTime(half / 1e9);
  }
  state.counters["one_way_ns"] = median(times);
}

void register_all() {
  for (const Transport* transport : ipc::test::transports_with({})) {
    const std::size_t most = transport->limits().max_message;
    std::vector<std::size_t> sizes;
    for (std::size_t size : {std::size_t{64}, std::size_t{65536}}) {
      if (size <= most) sizes.push_back(size);
    }
    if (sizes.empty()) sizes.push_back(most);
    for (std::size_t size : sizes) {
      const std::string name = std::string(transport->name()) + "/" + std::to_string(size);
      benchmark::RegisterBenchmark(("throughput/" + name).c_str(), [=](benchmark::State& state) {
        throughput(state, *transport, size);
      })->UseManualTime();
    }
    benchmark::RegisterBenchmark(
        ("latency/" + std::string(transport->name()) + "/" + std::to_string(sizes.front())).c_str(),
        [transport, size = sizes.front()](benchmark::State& state) { latency(state, *transport, size); })
        ->UseManualTime();
  }
}

}  // namespace
}  // namespace squall::benchmarks

int main(int argc, char** argv) {
  squall::benchmarks::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
