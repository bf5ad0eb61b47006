// Who is attached to a piece of shared memory, and who of them still lives.
//
// Each endpoint owns one slot of a table in that memory. The slot's robust mutex is held, from attaching to
// closing, by the thread that attached; so the kernel itself releases it when the thread ends in any way, and
// a try-lock by anybody else tells the living from the dead without a system call. Whoever finds a dead one
// buries it: the slot's `on_death` work is done first (again from the start, should the undertaker die too),
// then the slot is free.
//
// A Liveness is one process's view; the table is owned by its maker's memory. Not async-signal-safe.
#pragma once

#include "ipc/robust_mutex.h"
#include "ipc/transport.h"

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>

namespace squall::ipc {

class Liveness {
 public:
  /// A keeper counts as sender and as receiver: the channel's maker, until detach().
  enum class Role : std::uint32_t { none, sender, receiver, keeper };

  static std::size_t bytes(std::uint32_t slots);
  static Result<void> initialise(void* table, std::uint32_t slots);

  explicit Liveness(void* table);

  /// What must be done with what a dead slot left elsewhere; must be idempotent.
  void on_death(std::function<void(std::uint32_t slot)> work) { on_death_ = std::move(work); }

  /// The slot of a new endpoint. EUSERS: the table is full of living ones.
  Result<std::uint32_t> claim(Role);
  void give_up(std::uint32_t slot);

  /// Some of that side have been attached, and none lives any more.
  bool gone(Side);

  /// True: the slot belongs to nobody alive, and everything that its dead owner left has been cleared away.
  bool probe(std::uint32_t slot);

 private:
  struct Slot;
  struct Table;

  Slot& slot(std::uint32_t index) const;
  bool any_alive(Side);
  void bury(std::uint32_t index);

  Table* table_;
  std::function<void(std::uint32_t)> on_death_;
  std::atomic<std::uint32_t> last_alive_[2] = {0, 0};
};

/// Holds a slot until destruction. A copy inherited through fork leaves the parent's slot alone.
class Life {
 public:
  static Result<Life> begin(Liveness&, Liveness::Role);

  Life(Life&&) noexcept;
  Life& operator=(Life&&) = delete;
  ~Life();

  std::uint32_t slot() const { return slot_; }
  /// The table cannot be reached any more: destruction leaves the slot to the end of the thread.
  void abandon() { liveness_ = nullptr; }

 private:
  Life(Liveness& liveness, std::uint32_t slot);

  Liveness* liveness_;
  std::uint32_t slot_;
  pid_t process_;
};

}  // namespace squall::ipc
