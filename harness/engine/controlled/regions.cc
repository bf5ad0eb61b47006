#include "harness/engine/controlled/regions.h"

#include <algorithm>

namespace squall::controlled {
namespace {

constexpr std::uint64_t arena_regions_end = arena_begin + arena_regions_bytes;

std::uint64_t clamped(std::uint64_t address) { return std::clamp(address, arena_begin, arena_regions_end); }

}  // namespace

std::uint64_t Regions::find_from(std::uint64_t least, std::uint64_t size) const {
  for (const auto& [begin, end] : free_) {
    const std::uint64_t place = std::max(least, begin == arena_begin ? begin : begin + page_bytes);
    if (place + size + page_bytes <= end) return place;
  }
  return 0;
}

std::uint64_t Regions::find(std::uint64_t size) const {
  if (size > arena_regions_bytes) return 0;
  const std::uint64_t place = find_from(next_, size);
  return place != 0 ? place : find_from(arena_begin, size);
}

void Regions::take(std::uint64_t begin, std::uint64_t end) {
  begin = clamped(begin), end = clamped(end);
  if (begin == end) return;
  give_back(begin, end);  // so that it is in one piece
  const auto around = std::prev(free_.upper_bound(begin));
  const auto [left, right] = *around;
  free_.erase(around);
  if (left < begin) free_[left] = begin;
  if (end < right) free_[end] = right;
  next_ = end;
}

void Regions::give_back(std::uint64_t begin, std::uint64_t end) {
  begin = clamped(begin), end = clamped(end);
  if (begin == end) return;
  auto near = free_.upper_bound(begin);
  if (near != free_.begin() && std::prev(near)->second >= begin) --near;
  while (near != free_.end() && near->first <= end) {
    begin = std::min(begin, near->first);
    end = std::max(end, near->second);
    near = free_.erase(near);
  }
  free_[begin] = end;
}

}  // namespace squall::controlled
