// Gaps that are painted once and stay painted; finds the nearest unpainted one. A tree of bits: a bit of one
// level says that all 64 of the level below are painted, so any question reads a few words and what is
// painted is skipped by whoever paints again. A third of a byte an operation.
#pragma once

#include <cstdint>
#include <vector>

namespace squall::linear {

class PaintedGaps {
 public:
  /// Gaps 0 … last.
  explicit PaintedGaps(std::uint32_t last);

  /// Both ends included, as far as there are gaps; nothing when first > last.
  void paint(std::uint32_t first, std::uint32_t last);

  /// The first unpainted gap at or after this one; last + 1 when there is none.
  std::uint32_t free_from(std::uint32_t gap) const;
  /// The last unpainted gap at or before this one, or −1.
  std::int64_t free_until(std::uint32_t gap) const;

 private:
  void set_range(std::size_t level, std::size_t first, std::size_t last);
  void set_bits(std::size_t level, std::size_t word, std::uint64_t bits);
  std::size_t clear_from(std::size_t level, std::size_t bit) const;
  std::size_t clear_until(std::size_t level, std::size_t bit) const;

  std::uint32_t last_;
  /// From the gaps up to one word. Bit 0 of the lowest stands for gap −1; it and the bit behind the last gap
  /// are never painted, so every search ends.
  std::vector<std::vector<std::uint64_t>> levels_;
};

}  // namespace squall::linear
