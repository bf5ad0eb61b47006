// Which channel of the plan a call is made on.
//
// Descriptors, System V identifiers and stretches of memory are looked up when they are first met and kept in
// tables, which the wrappers that make and close descriptors keep fresh. Async-signal-safe: atomics and raw
// system calls.
#pragma once

#include "harness/faults/page.h"
#include "harness/preload/subject.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace squall::preload {

/// 1 + the number of a channel; 0: none.
using Channel = std::uint16_t;

inline constexpr int kept_descriptors = 4096;
extern std::atomic<std::uint16_t> descriptor_channels[kept_descriptors] __attribute__((visibility("hidden")));

extern std::atomic<bool> watched_for_edges[kept_descriptors] __attribute__((visibility("hidden")));

/// The descriptor is a new one, or was closed.
inline void forget(int descriptor) {
  if (static_cast<unsigned>(descriptor) < kept_descriptors) {
    descriptor_channels[descriptor].store(0, std::memory_order_relaxed);
    watched_for_edges[descriptor].store(false, std::memory_order_relaxed);
  }
}
inline int fresh(int descriptor) {
  forget(descriptor);
  return descriptor;
}
void forget_all_from(unsigned first, unsigned last);

/// A descriptor that was opened by a name that means a channel.
int fresh_by_name(int descriptor, const char* name);
/// An epoll descriptor belongs where the last one that was added to it belongs.
void include(int epoll, int descriptor);
/// With EPOLLET.
inline void watch_for_edges(int descriptor, bool edges) {
  if (static_cast<unsigned>(descriptor) < kept_descriptors)
    watched_for_edges[descriptor].store(edges, std::memory_order_relaxed);
}
inline bool is_watched_for_edges(int descriptor) {
  return static_cast<unsigned>(descriptor) < kept_descriptors &&
         watched_for_edges[descriptor].load(std::memory_order_relaxed);
}

Channel channel_of_descriptor(int descriptor);
Channel channel_of(const Subject&);
/// The channel for which the rule means this call; `meant`: whether it does.
Channel channel_for(const faults::Rule&, const Subject&, bool& meant);

/// Memory of a channel, mapped or attached.
void remember_region(const void* begin, std::size_t size, Channel);
void forget_region(const void* begin);

}  // namespace squall::preload
