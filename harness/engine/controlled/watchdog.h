// Interrupts the tracer when it has waited too long for a task that does not stop: a task that spins in user
// code keeps a tracer of lower priority off the processor.
//
// A thread, and with real-time priority the first of all. So it never looks into /proc: what the tracer holds
// there while it reaps a task, it would wait for without letting the tracer go on. watch() is called by the
// tracer for each task that it lets go; it costs two stores.
//
// Sources: clock_getcpuclockid(3), sched(7), fs/dcache.c.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace squall::controlled {

class Watchdog {
 public:
  /// To be made by the tracer's thread. `ordered`: tasks have real-time priority, and lose it when they spin.
  Watchdog(unsigned spin_ms, bool ordered);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;

  /// A task of that process, of which no other runs.
  void watch(int tid, int process) {
    watched_.store(Watched{tid, process}, std::memory_order_relaxed);
    steps_.fetch_add(1, std::memory_order_relaxed);
  }
  /// It has barked since the last watch(): the watched task has burnt all of its time.
  bool barked() { return barked_.exchange(false); }
  /// Since the last restored() a task may have lost its priority.
  bool has_lowered() const { return has_lowered_; }
  void restored() { has_lowered_ = false; }

 private:
  struct Watched {
    int tid = 0, process = 0;
  };

  void guard();
  void bark(int tid);

  const unsigned spin_ms_;
  const bool ordered_;
  const int tracer_;
  std::atomic<Watched> watched_{Watched{}};
  std::atomic<std::uint64_t> steps_{0};
  std::atomic<bool> barked_{false}, has_lowered_{false}, over_{false};
  std::thread thread_;
};

}  // namespace squall::controlled
