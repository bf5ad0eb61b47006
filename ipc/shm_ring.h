// The lock-free queue: a ring whose slots say themselves what has become of them, and whose dead can be
// passed over.
//
// Each slot's `state` is one word {lap, phase, owner} that only grows:
//
//     free(lap) → writing(lap, owner) → full(lap) → reading(lap, owner) → free(lap + 1)
//
// A sender claims the slot at `tail` by the first step, a receiver the slot at `head` by the third; both
// counters are mere hints that anybody moves past a claimed slot. Since the claim names its owner, a claim
// whose owner was killed is known for what it is: writing(dead) and reading(dead) become free(lap + 1), by
// whoever finds the death in the Liveness table. The half-written message has never been sent; the half-read
// one dies with its reader, as the bytes of a pipe would.
//
// Memory order. The payload is plain memory between two claims. The store that makes a slot full is a release
// and the claim to read is an acquire, so a reader sees the whole payload; the store that frees is a release
// and the claim to write an acquire, so no writer overtakes a reader. `size` alone is looked at without a
// claim, hence atomic: an acquire fence and a second look at the state decide whether it was that of this
// message. A word never repeats (44 bits of lap), so there is no ABA. Head, tail, events and slots sit on
// cache lines of their own.
//
// Not hidden: while a living sender stands between claim and publication, what others have sent behind it
// waits too, and a receive finds nothing. Source: D. Vyukov's bounded MPMC queue, for the sequence number in
// the slot.
#pragma once

#include "ipc/shared_queue.h"

namespace squall::ipc {

class SharedEvent;

class ShmRing final : public SharedQueue {
 public:
  static std::size_t bytes(QueueShape);
  /// Once, in zeroed memory aligned to a cache line: zero is free(0).
  static Result<void> initialise(void*, QueueShape) { return {}; }

  ShmRing(void* memory, QueueShape shape, Liveness& liveness);

  Result<void> send(std::uint32_t self, std::span<const std::byte> message, unsigned priority,
                    bool blocking) override;
  Result<Received> receive(std::uint32_t self, std::span<std::byte> buffer, bool blocking) override;
  Result<bool> wait_to_send(std::uint64_t deadline_ns) override;
  Result<bool> wait_to_receive(std::uint64_t deadline_ns) override;
  void wake_all() override;

  /// Clears away what a dead endpoint had claimed. Idempotent.
  void bury(std::uint32_t owner);

 private:
  struct Control;
  struct Slot;
  enum class Ready { yes, no, peers_gone };
  struct Look {
    Ready ready;
    std::uint64_t position;
    std::uint64_t state;  ///< of the slot there
  };

  Slot& slot(std::uint64_t position) const;
  Look look_for_room();
  Look look_for_news();
  bool claim(Look, std::uint64_t phase, std::uint32_t self);
  void pass_on(SharedEvent&, std::uint64_t position, std::uint64_t phase);
  Result<bool> wait(Look (ShmRing::*look)(), Side, std::uint64_t deadline_ns);

  Control* control_;
  QueueShape shape_;
  std::size_t stride_;
  Liveness& liveness_;
};

}  // namespace squall::ipc
