// The process that sends storms, and the page that it shares with the supervisor.
#pragma once

#include "harness/plan/plan.h"
#include "harness/worker/control.h"

#include <atomic>
#include <cstdint>

namespace squall::live {

inline constexpr unsigned max_storms = 64;  ///< rules of a plan that has storms

/// One rule over one process.
struct Gust {
  std::atomic<bool> active{false};
  std::atomic<std::uint64_t> since_ns{0};  ///< when it became so
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> refused{0};   ///< EAGAIN: the queue of pending real-time signals is full
  std::atomic<std::uint64_t> first_ns{0};  ///< when the first was due: a late one is made up for at once
  std::atomic<std::uint64_t> last_ns{0};   ///< when the last was sent
};

struct StormTarget {
  std::atomic<std::int32_t> pid{0};  ///< 0: not there
  std::atomic<bool> settled{false};  ///< its handlers stay as they are from now on
  const worker::ProcessSlot* slot = nullptr;
};

class FaultPages;

struct StormPage {
  std::atomic<bool> over{false};
  StormTarget targets[worker::max_processes];
  Gust gusts[max_storms][worker::max_processes];
};

/// Sends until the page says that it is over.
void send_storms(const plan::Plan&, StormPage&, const FaultPages&);

}  // namespace squall::live
