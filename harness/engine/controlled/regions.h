// Which places in the arena shared mappings have. A value; one address space's. Not thread-safe.
#pragma once

#include "harness/engine/controlled/arena.h"

#include <map>

namespace squall::controlled {

class Regions {
 public:
  /// Where so many bytes have room, with a page on either side that nothing is on; 0: nowhere. What has been
  /// given back is found as late as can be, so that whoever still uses it is told by a fault.
  std::uint64_t find(std::uint64_t size) const;
  /// [begin, end), or as much of it as is here.
  void take(std::uint64_t begin, std::uint64_t end);
  void give_back(std::uint64_t begin, std::uint64_t end);

 private:
  std::uint64_t find_from(std::uint64_t least, std::uint64_t size) const;

  std::map<std::uint64_t, std::uint64_t> free_{{arena_begin, arena_begin + arena_regions_bytes}};
  std::uint64_t next_ = arena_begin;
};

}  // namespace squall::controlled
