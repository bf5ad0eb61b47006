#include "harness/engine/controlled/strategies/visits.h"

#include <algorithm>
#include <bit>

namespace squall::controlled {
namespace {

constexpr std::size_t first_size = 1u << 12;

}  // namespace

Visits::Visits(std::size_t most_keys) : entries_(first_size), most_(std::bit_ceil(most_keys)) {}

std::size_t Visits::first_of(std::uint64_t key) const {
  const std::uint64_t mixed = key * 0x9e3779b97f4a7c15u;
  return static_cast<std::size_t>(mixed >> 32) & (entries_.size() - 1) & ~(neighbours - 1);
}

std::uint32_t Visits::of(std::uint64_t key) const {
  const Entry* const first = &entries_[first_of(key)];
  const Entry* const found =
      std::find_if(first, first + neighbours, [&](const Entry& entry) { return entry.key == key; });
  return found == first + neighbours ? 0 : found->visits;
}

Visits::Entry& Visits::find_or_replace(std::uint64_t key) {
  Entry* const first = &entries_[first_of(key)];
  Entry* least = first;
  for (Entry* entry = first; entry != first + neighbours; ++entry) {
    if (entry->visits != 0 && entry->key == key) return *entry;
    if (entry->visits < least->visits) least = entry;
  }
  used_ += least->visits == 0;
  return *least = {key, 0, 0};
}

void Visits::grow() {
  std::vector<Entry> old(entries_.size() * 4);
  old.swap(entries_);
  used_ = 0;
  for (const Entry& entry : old)
    if (entry.visits != 0) find_or_replace(entry.key) = entry;
}

std::uint32_t Visits::count(std::uint64_t key, std::uint32_t execution) {
  if (used_ * 2 > entries_.size() && entries_.size() < most_) grow();
  Entry& entry = find_or_replace(key);
  if (entry.visits != 0 && entry.execution == execution) return 0;
  entry.execution = execution;
  return ++entry.visits;
}

}  // namespace squall::controlled
