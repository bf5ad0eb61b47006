// How many executions reached each key. Bounded: a table of fixed size that forgets the least visited of a
// few neighbours when it is full, so a search may run for days. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace squall::controlled {

class Visits {
 public:
  explicit Visits(std::size_t most_keys);

  /// Counts the key once an execution, and says in how many it has been seen; 0: it was counted in this one
  /// already.
  std::uint32_t count(std::uint64_t key, std::uint32_t execution);
  std::uint32_t of(std::uint64_t key) const;

 private:
  static constexpr std::size_t neighbours = 8;
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t visits = 0;
    std::uint32_t execution = 0;
  };
  std::vector<Entry> entries_;  ///< grows in powers of two up to most_
  std::size_t most_;
  std::size_t used_ = 0;

  std::size_t first_of(std::uint64_t key) const;
  Entry& find_or_replace(std::uint64_t key);
  void grow();
};

}  // namespace squall::controlled
