// Named windows inside our own code, in which a fault can be injected.
//
//   SQUALL_POINT("ipc/shm-ring/publish");            a place to delay, stop or die in
//   if (SQUALL_FAILS("ipc/pipe/write")) return ...;  a place to fail in
//
// A quiet point costs one load and one branch: libfiu is asked only while at least one point is armed, which
// only harness/faults does. Safe in any thread; not in a signal handler while armed (libfiu takes a lock).
#pragma once

// Without it fiu.h turns every point into nothing.
#ifndef FIU_ENABLE
#define FIU_ENABLE
#endif
#include <fiu.h>

#include <atomic>
#include <span>
#include <string_view>

namespace squall::ipc {

inline std::atomic<bool> points_armed{false};

/// A point of ipc/, for `squall list` and for the lint of rules that name one.
struct PointName {
  std::string_view name;
  std::string_view about;  ///< what has happened and what has not when it is reached
};
std::span<const PointName> point_names();

}  // namespace squall::ipc

#define SQUALL_FAILS(name) \
  (::squall::ipc::points_armed.load(std::memory_order_relaxed) && fiu_fail(name) != 0)
#define SQUALL_POINT(name) static_cast<void>(SQUALL_FAILS(name))
