// Which operation has a value: open addressing over 32-bit indices, keys left where they are. Values of
// neighbouring messages are neighbours in memory, because the low bits of a value (above those that never
// change) choose the place within a group and the others, mixed, choose the group; a collision looks in the
// same place of the next group. Where the low bits do not spread, everything is mixed.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
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

  /// `most`: how many values there can be; `differing`: the bits in which they differ from each other.
  ValueTable(std::size_t most, std::uint64_t differing)
      : shift_(differing == 0 ? 0 : static_cast<unsigned>(std::countr_zero(differing))),
        slots_(std::bit_ceil(std::max<std::size_t>(2 * most, group)), absent) {}

  /// `value(index)` → std::int64_t or KeyedValue. The index that has the value already, or `absent`: it is
  /// this one now.
  template <class Value>
  std::uint32_t insert(std::uint32_t index, const Value& value) {
    std::uint32_t& slot = find_slot(value(index), value);
    if (slot != absent) return slot;
    slot = index;
    ++size_;
    if (!mixed_ && steps_ > 4 * size_ + 1024) mix(value);
    return absent;
  }

  template <class Wanted, class Value>
  std::uint32_t find(Wanted wanted, const Value& value) {
    return find_slot(wanted, value);
  }

 private:
  static constexpr std::size_t group = 64;

  static std::uint64_t spread(std::uint64_t bits) {
    bits = (bits ^ bits >> 32) * 0x9e37'79b9'7f4a'7c15;
    bits = (bits ^ bits >> 29) * 0xbf58'476d'1ce4'e5b9;
    return bits ^ bits >> 32;
  }

  template <class Wanted, class Value>
  std::uint32_t& find_slot(Wanted wanted, const Value& value) {
    const std::size_t mask = slots_.size() - 1;
    const std::uint64_t bits = mixed_ ? spread(bits_of(wanted)) : bits_of(wanted) >> shift_;
    std::size_t place = (spread(bits / group) * group + bits % group) & mask;
    for (std::size_t tried = group; slots_[place] != absent && value(slots_[place]) != wanted;
         tried += group, ++steps_) {
      place = (place + group) & mask;
      if (tried >= slots_.size()) place = (place + 1) & mask, tried = 0;
    }
    return slots_[place];
  }

  template <class Value>
  void mix(const Value& value) {
    mixed_ = true;
    std::vector<std::uint32_t> old(slots_.size(), absent);
    old.swap(slots_);
    for (std::uint32_t index : old)
      if (index != absent) find_slot(value(index), value) = index;
  }

  unsigned shift_;
  bool mixed_ = false;
  std::size_t size_ = 0;
  std::size_t steps_ = 0;
  std::vector<std::uint32_t> slots_;
};

}  // namespace squall::linear
