// Less of an iovec. Async-signal-safe.
#pragma once

#include "harness/preload/libc.h"

#include <algorithm>

namespace squall::preload {

inline std::size_t total_of(const iovec* vectors, std::size_t count) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; ++i) total += vectors[i].iov_len;
  return total;
}

/// The first `size` bytes of the vectors. Where the cut falls late it falls between two of them, so that few
/// have to be copied: a handler's stack may be small.
class Cut {
 public:
  Cut(const iovec* vectors, std::size_t count, std::size_t size) : vectors_(vectors), count_(count) {
    std::size_t whole = 0, before = 0;
    while (whole < count && before + vectors[whole].iov_len <= size) before += vectors[whole++].iov_len;
    if (whole == count) return;
    count_ = whole;
    if (whole >= copied || before == size) return;
    std::copy_n(vectors, whole + 1, copies_);
    copies_[whole].iov_len = size - before;
    vectors_ = copies_;
    count_ = whole + 1;
  }
  Cut(const Cut&) = delete;
  Cut& operator=(const Cut&) = delete;

  iovec* vectors() const { return const_cast<iovec*>(vectors_); }
  int count() const { return static_cast<int>(count_); }

 private:
  static constexpr std::size_t copied = 16;
  const iovec* vectors_;
  std::size_t count_;
  iovec copies_[copied];
};

}  // namespace squall::preload
