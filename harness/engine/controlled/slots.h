// The slots of one address space: where in the tracee displaced instructions live, found again by the address
// of the original and compared with its bytes, since a library may be unloaded or a JIT may write new code
// there.
//
// A value: after a fork the child's copy of the area goes with a copy of this. Owns no memory of the tracee;
// whoever makes a slot writes its code there. Slots are never reused while others remain, for a task may be
// parked inside one. Not thread-safe.
#pragma once

#include "harness/engine/controlled/displace.h"

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace squall::controlled {

struct Slot {
  Form form;
  std::uint64_t original = 0;  ///< the instruction's address
  std::uint64_t address = 0;   ///< the slot's; 0 when the instruction cannot be displaced
  Obstacle obstacle = Obstacle::none;
  InstructionBytes bytes{};
};

/// Where a task inside a slot would be, had it run in place.
struct Origin {
  std::uint64_t rip = 0;
  bool is_done = false;  ///< the instruction has run, only the jump back has not: rip is the one after it
};

class Slots {
 public:
  /// [begin, end) is the area in the tracee, `distance` that of every alias from its region.
  Slots(std::uint64_t begin, std::uint64_t end, std::int64_t distance);

  /// The slot of the instruction at `rip`, if these bytes still begin with it. Those that cannot be displaced
  /// are remembered too. Valid until the next make() or clear().
  const Slot* find(std::uint64_t rip, std::span<const std::uint8_t> bytes) const;

  struct Made {
    const Slot* slot = nullptr;
    Code code{};  ///< to be written to slot->address, unless slot->obstacle
  };
  /// A new slot for the instruction at `rip`, in place of an outdated one.
  Made make(std::uint64_t rip, std::span<const std::uint8_t> bytes);

  /// A slot for the same instruction moved by a distance of its own, not remembered by find(): how half of a
  /// read-modify-write runs on a private copy. Always the same place, so use it before another is made.
  Made make_once(std::uint64_t rip, std::span<const std::uint8_t> bytes, std::int64_t distance);

  /// What an instruction pointer inside the area stands for; nothing when it is no slot's.
  std::optional<Origin> origin_of(std::uint64_t rip) const;

  bool contains(std::uint64_t rip) const { return rip >= begin_ && rip < end_; }
  /// How often a slot has been made in place of an outdated one: what find() gave before is another one's
  /// now.
  std::uint64_t replaced() const { return replaced_; }
  bool is_full() const { return by_place_.size() >= (end_ - begin_) / slot_bytes; }
  std::size_t size() const { return by_place_.size() - 1; }  ///< slots in use

  /// Forgets all. Only when no task is inside a slot, nor will return into one from a signal handler.
  void clear();

 private:
  std::uint64_t begin_;
  std::uint64_t end_;
  std::int64_t distance_;
  std::uint64_t replaced_ = 0;
  std::unordered_map<std::uint64_t, Slot> by_code_;
  struct Placed {
    std::uint64_t original = 0;
    std::uint8_t length = 0;
    std::uint8_t displaced = 0;
  };
  std::vector<Placed> by_place_;  ///< [0] is that of make_once()
  Slot once_;

  Slot describe(std::uint64_t rip, std::span<const std::uint8_t> bytes) const;
  void place(Slot& slot, std::size_t number, std::int64_t distance, Code& code);
};

}  // namespace squall::controlled
