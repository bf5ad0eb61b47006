// Sorting indices by 64-bit keys. What processes record is almost sorted: an operation is overtaken by those
// alone that ran beside it. So it is sorted by insertion, in one pass without another array; whatever turns
// out not to be almost sorted is sorted by radix. Stable; linear.
#pragma once

#include <cstdint>
#include <vector>

namespace squall::linear {

/// By keys[i], 11 bits at a time; only over the bits in which the keys differ.
void sort_by_radix(std::vector<std::uint32_t>& order, std::vector<std::uint64_t> keys);

/// False as soon as too much of what was seen had to be moved: `order` is some permutation of what it was.
template <class Key>
bool sort_by_insertion(std::vector<std::uint32_t>& order, const Key& key) {
  constexpr std::size_t moves_an_element = 16, few = 4096;
  std::size_t moves = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    const std::uint32_t index = order[i];
    const std::uint64_t own = key(index);
    const std::size_t most = moves_an_element * i + few;
    std::size_t place = i;
    for (; place > 0 && moves < most && key(order[place - 1]) > own; --place, ++moves)
      order[place] = order[place - 1];
    order[place] = index;
    if (moves >= most) return false;
  }
  return true;
}

/// `key(index)` → std::uint64_t. Stable as long as `order` ascends where keys are equal, or is almost sorted.
template <class Key>
void sort_by(std::vector<std::uint32_t>& order, const Key& key) {
  if (sort_by_insertion(order, key)) return;
  std::vector<std::uint64_t> keys;
  keys.reserve(order.size());
  for (std::uint32_t index : order) keys.push_back(key(index));
  sort_by_radix(order, std::move(keys));
}

}  // namespace squall::linear
