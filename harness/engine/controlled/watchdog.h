// Interrupts the tracer when it has waited too long for a task that does not stop: a task that spins in user
// code keeps a tracer of lower priority off the processor.
//
// A thread. begin() and end() are called by the tracer around each wait; they cost a store.
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

  void watch(int tid) {
    watched_.store(tid, std::memory_order_relaxed), steps_.fetch_add(1, std::memory_order_relaxed);
  }
  /// It has barked since the last watch(): the watched task has burnt all of its time.
  bool barked() { return barked_.exchange(false); }
  /// Since the last restored() a task may have lost its priority.
  bool has_lowered() const { return has_lowered_; }
  void restored() { has_lowered_ = false; }

 private:
  void guard();
  void bark(int tid);

  const unsigned spin_ms_;
  const bool ordered_;
  const int tracer_;
  std::atomic<int> watched_{0};
  std::atomic<std::uint64_t> steps_{0};
  std::atomic<bool> barked_{false}, has_lowered_{false}, over_{false};
  std::thread thread_;
};

}  // namespace squall::controlled
