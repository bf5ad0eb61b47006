// Named windows inside our own code, in which a fault can be injected.
//
//   SQUALL_POINT("ipc/shm-ring/publish");            a place to delay, stop or die in
//   if (SQUALL_FAILS("ipc/pipe/write")) return ...;  a place to fail in
//
// A quiet point costs one load and one branch: libfiu is asked only while at least one point is armed, which only
// harness/faults does. Safe in any thread; not in a signal handler while armed (libfiu takes a lock).
#pragma once

#include <fiu.h>

#include <atomic>

namespace squall::ipc {

inline std::atomic<bool> points_armed{false};

}  // namespace squall::ipc

#define SQUALL_FAILS(name) \
  (::squall::ipc::points_armed.load(std::memory_order_relaxed) && fiu_fail(name) != 0)
#define SQUALL_POINT(name) static_cast<void>(SQUALL_FAILS(name))
