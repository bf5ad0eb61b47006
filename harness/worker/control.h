// The page that a case's processes share with their supervisor: who has got how far, and who waits for
// permission.
//
// A file in the case's directory, mapped by everyone. Waits are futexes with a bound; a process that waits
// without success for `patience_ns` is alone in the world and exits. Lock-free; async-signal-safe except
// open_control().
#pragma once

#include "ipc/result.h"

#include <atomic>
#include <cstdint>
#include <string>

namespace squall::worker {

inline constexpr unsigned max_processes = 256;
inline constexpr unsigned max_meetings = 16;
inline constexpr unsigned signal_numbers = 65;

/// How far a process has got. Each stage is entered when the work of the one before is done.
enum class Stage : std::uint32_t {
  born,      ///< exec'd or forked
  received,  ///< receiving ends and memory are attached
  attached,  ///< sending ends are attached too
  running,   ///< let go
  closed,    ///< the workload is done and its channels are closed
};

struct alignas(128) ProcessSlot {
  std::atomic<Stage> stage{Stage::born};  ///< written by the process
  std::atomic<std::uint32_t> permit{0};   ///< futex: the Stage it may leave; written by the supervisor
  std::atomic<std::int32_t> pid{0};
  std::atomic<std::uint32_t> parked{
      0};  ///< futex: 1 + the rule it has run into; the supervisor sets it back to 0
  std::atomic<std::uint64_t> parked_at{0};   ///< which occurrence that was
  std::atomic<std::uint64_t> operations{0};  ///< begun so far
  std::atomic<std::uint32_t> doing{0};       ///< call << 16 | channel, while inside a call; 0 between calls
  std::atomic<std::uint32_t> refused{0};     ///< sends that failed with EAGAIN
  std::atomic<std::uint64_t>
      handled[signal_numbers];  ///< signals of storms and interrupts that its handler met
  std::atomic<std::int32_t> descriptors_before{-1};
  std::atomic<std::int32_t> descriptors_after{-1};
};

struct ControlPage {
  std::atomic<std::uint32_t>
      meetings[max_meetings];  ///< futexes: arrivals, for workloads that meet each other
  ProcessSlot processes[max_processes];
};

/// From the birth of the first process to the meeting of all: the machine's time, not the case's.
inline constexpr std::uint64_t start_up_ns = 30'000'000'000;

/// Maps the page; `create` makes the file first. The mapping lives as long as the process.
Result<ControlPage*> open_control(const std::string& path, bool create);

/// FUTEX_WAIT while *word == expected, at most until the deadline (CLOCK_MONOTONIC). False: the deadline
/// passed.
bool futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t deadline_ns);
void futex_wake(const std::atomic<std::uint32_t>& word);

}  // namespace squall::worker
