// Which operation has a value: open addressing over 32-bit indices, keys left where they are. Values of
// neighbouring messages are neighbours in memory, because the low bits of a value (above those that never
// change) choose the place within a group and the others, mixed, choose the group; a collision looks in the
// same place of the next group. Where the low bits do not spread, everything is mixed. Beside an index stand
// four bits of its value's hash: most values that are others are known as such without a look at them, far
// away.
#pragma once

#include "checkers/linear/operation.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace squall::linear {

/// What a key of a map is bound to.
struct KeyedValue {
  std::int64_t value;
  std::uint16_t key;
  bool operator==(const KeyedValue&) const = default;
};

inline std::uint64_t bits_of(std::int64_t value) { return static_cast<std::uint64_t>(value); }
inline std::uint64_t bits_of(KeyedValue keyed) {
  return bits_of(keyed.value) + (std::uint64_t{keyed.key} << 48);
}

class ValueTable {
 public:
  static constexpr std::uint32_t absent = 0xffff'ffff;

  /// Has room for so many values, and grows if there are more. Which bits never change is guessed from the
  /// first operations.
  ValueTable(std::span<const Operation> history, std::size_t expected)
      : slots_(std::bit_ceil(std::max(expected / 3 * 4, group)), absent) {
    std::uint64_t differing = 0, first = 0;
    for (const Operation& operation : history.first(std::min(history.size(), few))) {
      if (operation.value == nothing) continue;
      if (first == 0) first = bits_of(operation.value);
      differing |= first ^ bits_of(operation.value);
    }
    if (differing != 0) shift_ = static_cast<unsigned>(std::countr_zero(differing));
  }

  /// `value(index)` → std::int64_t or KeyedValue. The index that has the value already, or `absent`: it is
  /// this one now.
  template <class Value>
  std::uint32_t insert(std::uint32_t index, const Value& value) {
    if (4 * size_ >= 3 * slots_.size()) {
      mixed_ = false;  // a new chance among more slots
      rebuild(2 * slots_.size(), value);
    }
    const Place place = find_place(value(index), value);
    if (place.slot != absent) return place.slot & index_bits;
    place.slot = place.tag | index;
    ++size_;
    if (!mixed_ && steps_ > 4 * (size_ + few)) spread_better(value);
    return absent;
  }

  template <class Wanted, class Value>
  std::uint32_t find(Wanted wanted, const Value& value) {
    const std::uint32_t slot = find_place(wanted, value).slot;
    return slot == absent ? absent : slot & index_bits;
  }

 private:
  static constexpr std::uint32_t index_bits = too_many;
  static constexpr std::size_t group = 64;
  static constexpr std::size_t few = 1024;  ///< so many are found anyhow

  static std::uint64_t spread(std::uint64_t bits) {
    bits = (bits ^ bits >> 32) * 0x9e37'79b9'7f4a'7c15;
    bits = (bits ^ bits >> 29) * 0xbf58'476d'1ce4'e5b9;
    return bits ^ bits >> 32;
  }

  /// Where a value is, or has room.
  struct Place {
    std::uint32_t& slot;
    std::uint32_t tag;
  };

  template <class Wanted, class Value>
  Place find_place(Wanted wanted, const Value& value) {
    const std::size_t mask = slots_.size() - 1;
    const std::uint64_t bits = mixed_ ? spread(bits_of(wanted)) : bits_of(wanted) >> shift_;
    const std::uint64_t chosen = spread(bits / group);
    const std::uint32_t tag = static_cast<std::uint32_t>(chosen >> 32) & ~index_bits;
    const auto has_another = [&](std::uint32_t slot) {
      return slot != absent && ((slot & ~index_bits) != tag || value(slot & index_bits) != wanted);
    };
    std::size_t place = (chosen * group + bits % group) & mask;
    for (std::size_t tried = group; has_another(slots_[place]); tried += group, ++steps_) {
      place = (place + group) & mask;
      if (tried >= slots_.size()) place = (place + 1) & mask, tried = 0;
    }
    return {slots_[place], tag};
  }

  /// By other low bits, and otherwise by all bits mixed.
  template <class Value>
  void spread_better(const Value& value) {
    const unsigned before = shift_;
    rebuild(slots_.size(), value);
    if (shift_ != before) return;
    mixed_ = true;
    rebuild(slots_.size(), value);
  }

  /// Looks again for the bits that never change: what is in the table shows them.
  template <class Value>
  void rebuild(std::size_t size, const Value& value) {
    std::vector<std::uint32_t> old(size, absent);
    old.swap(slots_);
    std::uint64_t differing = 0, first = 0;
    std::erase(old, absent);
    for (std::uint32_t& slot : old) {
      const std::uint64_t bits = bits_of(value(slot &= index_bits));
      if (first == 0) first = bits;
      differing |= first ^ bits;
    }
    shift_ = differing == 0 ? 0 : static_cast<unsigned>(std::countr_zero(differing));
    steps_ = 0;
    for (std::uint32_t index : old) {
      const Place place = find_place(value(index), value);
      place.slot = place.tag | index;
    }
  }

  unsigned shift_ = 0;
  bool mixed_ = false;
  std::size_t size_ = 0;
  std::size_t steps_ = 0;
  std::vector<std::uint32_t> slots_;
};

}  // namespace squall::linear
