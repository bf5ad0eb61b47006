// fifo: the channel is one first-in first-out queue, over all senders and receivers, and "empty" is said only
// of an empty one. Near-linear, and exact for unique messages, killed receivers included.
#include "checkers/delivery.h"
#include "checkers/queue_order.h"

namespace squall::checkers {

std::vector<Violation> check_fifo(const Evidence& evidence, Unknown& unknown) {
  constexpr auto needed = static_cast<std::uint32_t>(ipc::Capability::payload) |
                          static_cast<std::uint32_t>(ipc::Capability::fifo);
  if (!expects(evidence, "exactly-once") && !expects(evidence, "at-most-once"))
    if (auto defects = judge_delivery(evidence, unknown, "fifo", false, needed); !defects.empty())
      return defects;
  Findings findings("fifo");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::send, Call::receive}, needed))
    judge_queue(evidence, history, linear::check_fifo, false, findings, unknown);
  return findings.take();
}

}  // namespace squall::checkers
