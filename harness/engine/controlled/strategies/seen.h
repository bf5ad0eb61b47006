// Keys that have been seen. Bounded: a table of fixed size that forgets one of a few neighbours when it is
// full, so a search may run for days. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace squall::controlled {

class Seen {
 public:
  explicit Seen(std::size_t most_keys);

  /// False: it is there already.
  bool add(std::uint64_t key);
  bool contains(std::uint64_t key) const;

 private:
  static constexpr std::size_t neighbours = 8;
  std::vector<std::uint64_t> keys_;  ///< 0: free; grows in powers of two up to most_
  std::size_t most_;
  std::size_t used_ = 0;

  std::size_t first_place(std::uint64_t mixed) const {
    return (mixed >> 32) & (keys_.size() - 1) & ~(neighbours - 1);
  }
  void grow();
};

}  // namespace squall::controlled
