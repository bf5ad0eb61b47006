// Where shared mappings of traced programs lie: a range of addresses that nothing else uses, so that one
// comparison tells a shared mapping from a private one, and every alias is at one distance.
#pragma once

#include <cstdint>

namespace squall::controlled {

inline constexpr std::uint32_t arena_high_word = 0x6000;  ///< of every address in it: it is 4 GiB
inline constexpr std::uint64_t arena_begin = std::uint64_t{arena_high_word} << 32;
inline constexpr std::uint64_t arena_scratch_bytes = 1 << 24;  ///< at the end of the regions, without alias
inline constexpr std::uint64_t arena_regions_bytes = (std::uint64_t{1} << 30) - arena_scratch_bytes;
inline constexpr std::uint64_t arena_scratch = arena_begin + arena_regions_bytes;
inline constexpr std::int64_t alias_distance = std::int64_t{1} << 30;  ///< regions, then their aliases
inline constexpr std::uint64_t arena_slots = arena_begin + (std::uint64_t{3} << 30);
inline constexpr std::uint64_t arena_slots_bytes = 1 << 18;

inline constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t in_pages(std::uint64_t size) {
  return (size + page_bytes - 1) / page_bytes * page_bytes;
}

constexpr bool in_regions(std::uint64_t address) { return address - arena_begin < arena_regions_bytes; }

}  // namespace squall::controlled
