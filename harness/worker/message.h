// Messages: an 8-byte tag and a payload that is a function of the tag, so that damage, mixing and misframing
// show.
#pragma once

#include "harness/history/operation.h"

#include <cstddef>
#include <span>

namespace squall::worker {

/// Fills `message` (at least 8 bytes, exactly tag.size of them) with the tag and its payload.
/// Async-signal-safe.
void write_message(history::Tag tag, std::span<std::byte> message);

struct MessageCheck {
  history::Tag tag;
  std::uint8_t flags = 0;  ///< history::Flag
  std::uint64_t detail =
      0;  ///< the tag of the message that the first wrong bytes belong to; 0 where they belong to none
};
/// Reads back a message as it was received. Async-signal-safe. O(bytes).
MessageCheck read_message(std::span<const std::byte> message);

}  // namespace squall::worker
