// The lock-based queue: a ring of slots under one robust process-shared mutex, with two events to sleep on.
//
// Death at any instruction is harmless by order alone. A sender fills the slot beyond `tail` and then
// publishes it with one store to `tail`; a receiver copies the slot at `head` and then frees it with one
// store to `head`. Whoever inherits the mutex from a dead owner therefore finds a valid queue and has nothing
// to repair: a send that was cut off has not happened, a receive that was cut off leaves its message to the
// next.
#pragma once

#include "ipc/shared_queue.h"

namespace squall::ipc {

class ShmQueue final : public SharedQueue {
 public:
  static std::size_t bytes(QueueShape);
  /// Once, in zeroed memory aligned to a cache line.
  static Result<void> initialise(void* memory, QueueShape);

  ShmQueue(void* memory, QueueShape shape, Liveness& liveness);

  Result<void> send(std::uint32_t self, std::span<const std::byte> message, unsigned priority,
                    bool blocking) override;
  Result<Received> receive(std::uint32_t self, std::span<std::byte> buffer, bool blocking) override;
  Result<bool> wait_to_send(std::uint64_t deadline_ns) override;
  Result<bool> wait_to_receive(std::uint64_t deadline_ns) override;
  void wake_all() override;

 private:
  struct Control;
  struct Slot;
  enum class Ready { yes, no, peers_gone };

  Slot& slot(std::uint64_t position) const;
  Ready room();
  Ready news();
  Result<Ready> await(Ready (ShmQueue::*look)(), Side, std::uint64_t deadline_ns);
  Result<bool> wait(Ready (ShmQueue::*look)(), Side, std::uint64_t deadline_ns);

  Control* control_;
  QueueShape shape_;
  Liveness& liveness_;
};

}  // namespace squall::ipc
