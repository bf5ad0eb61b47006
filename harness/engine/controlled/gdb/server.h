// Serves the state at a violation to a gdb. For a bad exit or a fatal signal that is just before the step
// that led to it, so that the task is still there; for a deadlock and the like, when everybody waits.
//
// Replays the schedule twice: to learn at which step it fails, and to hold it there. Blocks until gdb has
// come and gone; then everything traced is killed.
#pragma once

#include "harness/engine/controlled/observer.h"
#include "harness/engine/controlled/schedule.h"
#include "ipc/descriptor.h"

#include <cstdint>
#include <functional>
#include <string>

namespace squall::controlled {

struct GdbOptions {
  int listener = -1;                              ///< of listen_for_gdb(); the caller's
  std::function<void(std::uint16_t)> is_serving;  ///< called once gdb may connect
};

struct GdbServed {
  bool served = false;
  std::string why;  ///< not
};

/// A socket at this port of the loopback, 0: one that is free; empty, and errno: there is none. It stays in
/// the network namespace where it was made.
FileDescriptor listen_for_gdb(std::uint16_t port);

GdbServed serve_gdb(const Settings&, const Schedule&, const GdbOptions&);

}  // namespace squall::controlled
