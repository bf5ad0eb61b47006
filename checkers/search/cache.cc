#include "checkers/search/cache.h"

#include <algorithm>
#include <cstring>

namespace squall::search {
namespace {

constexpr std::size_t first_buckets = 256;

/// What an allocation takes of the heap: a header of eight bytes, and a multiple of sixteen in all.
constexpr std::size_t on_heap(std::size_t bytes) { return (bytes + 8 + 15) / 16 * 16; }

}  // namespace

std::size_t Cache::Entry::bytes() const { return on_heap((std::size_t{set_size} + state_size) * 8); }

bool Cache::same(const Entry& entry, std::uint64_t hash, Words set, const models::State& state) {
  return entry.hash == hash && entry.set_size == set.size() &&
         std::memcmp(entry.words.get(), set.data(), set.size_bytes()) == 0 && same_state(entry, state);
}

bool Cache::same_state(const Entry& entry, const models::State& state) {
  const std::uint64_t* words = entry.words.get() + entry.set_size;
  if (model_.equal == nullptr)
    return entry.state_size == state.size() &&
           std::equal(state.begin(), state.end(), words, [](std::int64_t left, std::uint64_t right) {
             return static_cast<std::uint64_t>(left) == right;
           });
  scratch_.assign(words, words + entry.state_size);
  return model_.equal(context_, scratch_, state);
}

bool Cache::insert(std::uint64_t hash, Words set, const models::State& state) {
  if (used_ >= buckets_.size()) grow_buckets();
  std::uint32_t& bucket = buckets_[hash & (buckets_.size() - 1)];
  for (std::uint32_t at = bucket; at != none; at = entry(at).next) {
    if (!same(entry(at), hash, set, state)) continue;
    unlink(at);
    make_newest(at);
    return false;
  }
  const std::uint32_t index = fresh_entry();
  Entry& made = entry(index);
  made.hash = hash;
  made.set_size = static_cast<std::uint32_t>(set.size());
  made.state_size = static_cast<std::uint32_t>(state.size());
  made.words = std::make_unique_for_overwrite<std::uint64_t[]>(set.size() + state.size());
  std::copy(set.begin(), set.end(), made.words.get());
  std::copy(state.begin(), state.end(), made.words.get() + set.size());
  made.next = bucket;
  bucket = index;
  make_newest(index);
  ++used_;
  bytes_ += made.bytes();
  limit_to(limit_);
  return true;
}

std::uint32_t Cache::fresh_entry() {
  if (free_ != none) {
    const std::uint32_t index = free_;
    free_ = entry(index).next;
    return index;
  }
  if (made_ % chunk_size == 0) {
    chunks_.push_back(std::make_unique<Entry[]>(chunk_size));
    bytes_ += on_heap(chunk_size * sizeof(Entry));
  }
  return made_++;
}

void Cache::limit_to(std::size_t bytes) {
  limit_ = bytes;
  while (bytes_ > limit_ && used_ > 1) forget_oldest();
}

void Cache::unlink(std::uint32_t index) {
  Entry& gone = entry(index);
  (gone.newer == none ? newest_ : entry(gone.newer).older) = gone.older;
  (gone.older == none ? oldest_ : entry(gone.older).newer) = gone.newer;
}

void Cache::make_newest(std::uint32_t index) {
  Entry& made = entry(index);
  made.newer = none;
  made.older = newest_;
  (newest_ == none ? oldest_ : entry(newest_).newer) = index;
  newest_ = index;
}

void Cache::forget_oldest() {
  const std::uint32_t index = oldest_;
  Entry& gone = entry(index);
  std::uint32_t* at = &buckets_[gone.hash & (buckets_.size() - 1)];
  while (*at != index) at = &entry(*at).next;
  *at = gone.next;
  unlink(index);
  bytes_ -= gone.bytes();
  gone.words.reset();
  gone.next = free_;
  free_ = index;
  --used_;
}

void Cache::grow_buckets() {
  const std::size_t count = std::max(first_buckets, buckets_.size() * 2);
  bytes_ += (count - buckets_.size()) * sizeof(std::uint32_t);
  buckets_.assign(count, none);
  buckets_.shrink_to_fit();
  for (std::uint32_t at = newest_; at != none; at = entry(at).older) {
    std::uint32_t& bucket = buckets_[entry(at).hash & (count - 1)];
    entry(at).next = bucket;
    bucket = at;
  }
}

}  // namespace squall::search
