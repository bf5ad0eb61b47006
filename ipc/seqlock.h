// A register of several words in shared memory that readers never see half written, without a lock for
// readers.
//
// The sequence is odd while a writer is at work. A reader that finds it even and the same before and after
// has seen one value. Words are relaxed atomics, so nothing here is a data race; the two fences keep them
// between the two looks. One writer at a time: its caller's care (Memory::lock). A writer that dies leaves
// the sequence odd and readers without a value, until the next store. The register is a view; the words are
// owned by the memory. Lock-free and async-signal-safe, but for its points. Source: H.-J. Boehm, "Can
// seqlocks get along with programming language memory models?", 2012.
#pragma once

#include "ipc/points.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace squall::ipc {

class Seqlock {
 public:
  /// Over zeroed words, eight bytes aligned: the sequence and then the value, which is zeros.
  explicit Seqlock(std::span<std::uint64_t> words) : sequence_(words[0]), value_(words.subspan(1)) {}

  /// Of a Memory's bytes: as many words as asked for.
  static Seqlock over(std::span<std::byte> bytes, std::size_t value_words) {
    return Seqlock({reinterpret_cast<std::uint64_t*>(bytes.data()), value_words + 1});
  }

  /// As many words as the register has. Also repairs what a dead writer left.
  void store(std::span<const std::uint64_t> value) {
    const std::uint64_t odd = sequence_.load(std::memory_order_relaxed) | 1;
    sequence_.store(odd, std::memory_order_relaxed);
    // No word may become visible before the odd sequence does.
    std::atomic_thread_fence(std::memory_order_release);
    for (std::size_t index = 0; index < value_.size(); ++index) {
      word(index).store(value[index], std::memory_order_relaxed);
      if (index == 0) SQUALL_POINT("ipc/seqlock/write");
    }
    sequence_.store(odd + 1, std::memory_order_release);
  }

  /// One attempt. False: a writer was at work meanwhile, or died at work; `value` is not to be used.
  bool try_load(std::span<std::uint64_t> value) const {
    const std::uint64_t before = sequence_.load(std::memory_order_acquire);
    if ((before & 1) != 0) return false;
    load_unchecked(value);
    SQUALL_POINT("ipc/seqlock/read");
    // No word may be read after the second look at the sequence.
    std::atomic_thread_fence(std::memory_order_acquire);
    return sequence_.load(std::memory_order_relaxed) == before;
  }

  /// False: no undisturbed moment in so many attempts.
  bool load(std::span<std::uint64_t> value, std::uint64_t attempts = 1'000'000) const {
    for (std::uint64_t attempt = 0; attempt < attempts; ++attempt) {
      if (try_load(value)) return true;
    }
    return false;
  }

  /// What a reader without the checks would see, torn or not: for those who must prove that they notice.
  void load_unchecked(std::span<std::uint64_t> value) const {
    for (std::size_t index = 0; index < value_.size(); ++index)
      value[index] = word(index).load(std::memory_order_relaxed);
  }

 private:
  std::atomic_ref<std::uint64_t> word(std::size_t index) const {
    return std::atomic_ref<std::uint64_t>(value_[index]);
  }

  std::atomic_ref<std::uint64_t> sequence_;
  std::span<std::uint64_t> value_;
};

}  // namespace squall::ipc
