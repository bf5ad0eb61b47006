#include "harness/engine/controlled/strategies/seen.h"

#include <algorithm>
#include <bit>

namespace squall::controlled {
namespace {

constexpr std::size_t first_size = 1u << 12;

}  // namespace

Seen::Seen(std::size_t most_keys) : keys_(first_size), most_(std::bit_ceil(most_keys)) {}

bool Seen::add(std::uint64_t key) {
  key = std::max<std::uint64_t>(key, 1);
  if (used_ * 2 > keys_.size() && keys_.size() < most_) grow();
  const std::uint64_t mixed = key * 0x9e3779b97f4a7c15u;
  std::uint64_t* const first = &keys_[(mixed >> 32) & (keys_.size() - 1) & ~(neighbours - 1)];
  for (std::uint64_t* place = first; place != first + neighbours; ++place) {
    if (*place == key) return false;
    if (*place != 0) continue;
    *place = key;
    ++used_;
    return true;
  }
  first[(mixed >> 24) % neighbours] = key;
  return true;
}

void Seen::grow() {
  std::vector<std::uint64_t> old(keys_.size() * 4);
  old.swap(keys_);
  used_ = 0;
  for (const std::uint64_t key : old)
    if (key != 0) add(key);
}

}  // namespace squall::controlled
