// A bounded queue of messages in shared memory: what the lock-based and the lock-free one have in common.
//
// An object of these classes is one process's view of memory that it does not own. `self` is the caller's
// slot in the Liveness table. Safe in any thread of any attached process; not async-signal-safe.
#pragma once

#include "ipc/liveness.h"
#include "ipc/transport.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace squall::ipc {

/// The dimensions of a queue, which its memory must be big enough for.
struct QueueShape {
  std::uint32_t capacity = 0;     ///< messages
  std::uint32_t max_message = 0;  ///< bytes
};

class SharedQueue {
 public:
  virtual ~SharedQueue() = default;

  /// EAGAIN: full, not `blocking`. EPIPE: every receiver is gone. EMSGSIZE. A sender that is killed in here
  /// has sent the whole message or nothing.
  virtual Result<void> send(std::uint32_t self, std::span<const std::byte> message, unsigned priority,
                            bool blocking) = 0;
  /// EAGAIN: empty, not `blocking`. EMSGSIZE: the message stays. The end, once every sender is gone.
  virtual Result<Received> receive(std::uint32_t self, std::span<std::byte> buffer, bool blocking) = 0;

  /// Until a send may succeed or must fail; false: the deadline has passed.
  virtual Result<bool> wait_to_send(std::uint64_t deadline_ns) = 0;
  /// Until a receive may succeed or must report the end; false: the deadline has passed.
  virtual Result<bool> wait_to_receive(std::uint64_t deadline_ns) = 0;

  /// Makes everybody who waits look again: an endpoint has closed.
  virtual void wake_all() = 0;
};

}  // namespace squall::ipc
