// What the search has been through: sets of operations already put in order, with the state they led to.
// Bounded in bytes; what was not met for the longest time goes first, and is then searched again if it is met
// again. One thread at a time.
#pragma once

#include "checkers/models/model.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace squall::search {

class Cache {
 public:
  using Words = std::span<const std::uint64_t>;

  Cache(const models::Model& model, const models::Context& context) : model_(model), context_(context) {}

  /// False: it was there already. The hash is of both, and equal for states that the model calls equal.
  bool insert(std::uint64_t hash, Words set, const models::State& state);

  /// Forgets the oldest until no more than that is used.
  void limit_to(std::size_t bytes);
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return used_; }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  static constexpr std::size_t chunk_size = 256;

  struct Entry {
    std::uint64_t hash = 0;
    std::unique_ptr<std::uint64_t[]> words;  ///< of the set, then of the state
    std::uint32_t set_size = 0;
    std::uint32_t state_size = 0;
    std::uint32_t newer = none;
    std::uint32_t older = none;
    std::uint32_t next = none;  ///< in its bucket, or free

    std::size_t bytes() const;
  };

  Entry& entry(std::uint32_t index) { return chunks_[index / chunk_size][index % chunk_size]; }
  bool same(const Entry&, std::uint64_t hash, Words set, const models::State&);
  bool same_state(const Entry&, const models::State&);
  std::uint32_t fresh_entry();
  void unlink(std::uint32_t);
  void make_newest(std::uint32_t);
  void forget_oldest();
  void grow_buckets();

  const models::Model& model_;
  const models::Context& context_;
  models::State scratch_;
  std::vector<std::uint32_t> buckets_;
  std::vector<std::unique_ptr<Entry[]>> chunks_;  ///< so that growing copies nothing
  std::uint32_t free_ = none;
  std::uint32_t made_ = 0;
  std::uint32_t newest_ = none;
  std::uint32_t oldest_ = none;
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
  std::size_t limit_ = ~std::size_t{0};
};

}  // namespace squall::search
