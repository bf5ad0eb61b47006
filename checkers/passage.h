// The way of a message through a queue, as windows of gaps; shared by fifo and priority-order.
#pragma once

#include "checkers/delivery.h"
#include "checkers/timeline.h"

#include <optional>
#include <string>
#include <vector>

namespace squall::checkers {

struct Passage {
  std::uint64_t tag = 0;
  const Operation* send = nullptr;
  const Operation* receive = nullptr;  ///< nullptr: it was never received
  Window enter;                        ///< when it went in; the last gap is no later than that of leaving
  Window leave;  ///< when it came out; the first gap is no earlier than that of entering

  bool received() const { return receive != nullptr; }
};

/// Every traceable message of a channel that was received, or certainly sent. n log n.
std::vector<Passage> passages(const Operations&, const Timeline&);

/// Two messages of which the first was certainly put in before the second, and certainly taken out after it,
/// or never.
struct Overtaking {
  const Passage* overtaken = nullptr;
  const Passage* overtaker = nullptr;
};

/// Received messages that others overtook, one pair for every overtaker. n log n.
std::vector<Overtaking> overtakings(const std::vector<Passage*>&);

/// Unreceived messages that received ones overtook and that nobody can have swallowed: message i in the order
/// of deadlines needs i swallowers that began before its deadline. n log n.
std::vector<Overtaking> losses(const std::vector<Passage*>&, const std::vector<Gap>& swallowed_from);

/// The last gap in which the message is certainly inside; the first one is enter.last + 1. `swallowed_from`:
/// when the first receive began that may have swallowed a message; Timeline::end() when there is none.
std::int64_t certainly_inside_until(const Passage&, Gap swallowed_from);

/// In words; the channel is that of the messages.
std::string overtaking_in_words(const Evidence&, const Overtaking&);
std::string passage_in_words(const Evidence&, const Passage&);

}  // namespace squall::checkers
