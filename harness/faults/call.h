// The calls that a fault rule can reach, and the groups by which a rule may name them. calls.def is the
// table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace squall::faults {

enum class Call : std::uint8_t {
#define CALL(name, group, waiting) name,
#include "harness/faults/calls.def"
#undef CALL
  point,  ///< not a call: the passage of a named point
};
inline constexpr std::size_t call_count = static_cast<std::size_t>(Call::point) + 1;

enum class Waiting : std::uint8_t { returns, waits };

struct CallEntry {
  std::string_view name;
  std::string_view group;
  Waiting waiting;
};

/// In the order of Call, without `point`. Static data; async-signal-safe.
std::span<const CallEntry> calls();
std::string_view name_of(Call);

/// A set of calls.
struct CallSet {
  std::uint64_t bits[(call_count + 63) / 64] = {};

  constexpr void add(Call call) { bits[static_cast<std::size_t>(call) / 64] |= bit(call); }
  constexpr bool has(Call call) const { return (bits[static_cast<std::size_t>(call) / 64] & bit(call)) != 0; }
  constexpr bool empty() const {
    for (const std::uint64_t word : bits)
      if (word != 0) return false;
    return true;
  }

 private:
  static constexpr std::uint64_t bit(Call call) {
    return std::uint64_t{1} << (static_cast<std::size_t>(call) % 64);
  }
};

/// The calls that a rule means by this word: a group's, the waiting ones ("blocked"), or the one of that
/// name. Empty: there is none. Where a name is both ("read"), the group is meant.
CallSet calls_named(std::string_view word);

}  // namespace squall::faults
