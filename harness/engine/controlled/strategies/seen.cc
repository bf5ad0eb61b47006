#include "harness/engine/controlled/strategies/seen.h"

#include <algorithm>
#include <bit>

namespace squall::controlled {
namespace {

constexpr std::size_t first_size = 1u << 12;

/// 0 means that a place is free.
constexpr std::uint64_t usable(std::uint64_t key) { return std::max<std::uint64_t>(key, 1); }
constexpr std::uint64_t mix(std::uint64_t key) { return key * 0x9e3779b97f4a7c15u; }

}  // namespace

Seen::Seen(std::size_t most_keys) : keys_(first_size), most_(std::bit_ceil(most_keys)) {}

bool Seen::add(std::uint64_t key) {
  key = usable(key);
  if (used_ * 2 > keys_.size() && keys_.size() < most_) grow();
  const std::uint64_t mixed = mix(key);
  std::uint64_t* const first = &keys_[first_place(mixed)];
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

bool Seen::contains(std::uint64_t key) const {
  key = usable(key);
  const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(first_place(mix(key)));
  return std::find(first, first + neighbours, key) != first + neighbours;
}

void Seen::grow() {
  std::vector<std::uint64_t> old(keys_.size() * 4);
  old.swap(keys_);
  used_ = 0;
  for (const std::uint64_t key : old)
    if (key != 0) add(key);
}

}  // namespace squall::controlled
