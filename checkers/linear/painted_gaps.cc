#include "checkers/linear/painted_gaps.h"

#include <algorithm>
#include <bit>

namespace squall::linear {
namespace {

constexpr std::uint64_t all = ~std::uint64_t{0};

std::uint64_t from(std::size_t bit) { return all << bit % 64; }
std::uint64_t until(std::size_t bit) { return all >> (63 - bit % 64); }

}  // namespace

PaintedGaps::PaintedGaps(std::uint32_t last) : last_(last) {
  std::size_t words = (std::size_t{last} + 3 + 63) / 64;
  levels_.emplace_back(words);
  while (words > 1) {
    words = (words + 63) / 64;
    levels_.emplace_back(words);
  }
}

void PaintedGaps::paint(std::uint32_t first, std::uint32_t last) {
  last = std::min(last, last_);
  if (first <= last) set_range(0, std::size_t{first} + 1, std::size_t{last} + 1);
}

std::uint32_t PaintedGaps::free_from(std::uint32_t gap) const {
  return static_cast<std::uint32_t>(clear_from(0, std::size_t{std::min(gap, last_ + 1)} + 1) - 1);
}

std::int64_t PaintedGaps::free_until(std::uint32_t gap) const {
  return static_cast<std::int64_t>(clear_until(0, std::size_t{std::min(gap, last_)} + 1)) - 1;
}

void PaintedGaps::set_range(std::size_t level, std::size_t first, std::size_t last) {
  const std::size_t low = first / 64, high = last / 64;
  if (low == high) return set_bits(level, low, from(first) & until(last));
  set_bits(level, low, from(first));
  set_bits(level, high, until(last));
  if (low + 1 == high) return;
  for (std::size_t word = clear_from(level + 1, low + 1); word < high; word = clear_from(level + 1, word + 1))
    levels_[level][word] = all;
  set_range(level + 1, low + 1, high - 1);
}

void PaintedGaps::set_bits(std::size_t level, std::size_t word, std::uint64_t bits) {
  std::uint64_t& painted = levels_[level][word];
  if ((painted & bits) == bits) return;
  painted |= bits;
  if (painted == all) set_bits(level + 1, word / 64, std::uint64_t{1} << word % 64);
}

std::size_t PaintedGaps::clear_from(std::size_t level, std::size_t bit) const {
  const std::uint64_t clear = ~levels_[level][bit / 64] & from(bit);
  if (clear != 0) return bit / 64 * 64 + static_cast<std::size_t>(std::countr_zero(clear));
  const std::size_t word = clear_from(level + 1, bit / 64 + 1);
  return word * 64 + static_cast<std::size_t>(std::countr_one(levels_[level][word]));
}

std::size_t PaintedGaps::clear_until(std::size_t level, std::size_t bit) const {
  const std::uint64_t clear = ~levels_[level][bit / 64] & until(bit);
  if (clear != 0) return bit / 64 * 64 + 63 - static_cast<std::size_t>(std::countl_zero(clear));
  const std::size_t word = clear_until(level + 1, bit / 64 - 1);
  return word * 64 + 63 - static_cast<std::size_t>(std::countl_one(levels_[level][word]));
}

}  // namespace squall::linear
