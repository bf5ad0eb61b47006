// priority-order: of what is certainly inside, the highest priority comes out first, and within one priority
// what went in first; "empty" is the lowest priority of all. Near-linear, and exact for unique messages,
// unless it depends on what killed receivers took: that is undecided.
#include "checkers/delivery.h"
#include "checkers/queue_order.h"

namespace squall::checkers {

std::vector<Violation> check_priority_order(const Evidence& evidence, Unknown& unknown) {
  constexpr auto needed = static_cast<std::uint32_t>(ipc::Capability::payload) |
                          static_cast<std::uint32_t>(ipc::Capability::priority);
  if (!expects(evidence, "exactly-once") && !expects(evidence, "at-most-once"))
    if (auto defects = judge_delivery(evidence, unknown, "priority-order", false, needed); !defects.empty())
      return defects;
  if (has_programs(evidence)) {
    unknown.push_back("a foreign program takes part: which priorities rest in it is not known");
    return {};
  }
  Findings findings("priority-order");
  for (const ChannelHistory& history : channel_histories(evidence, {Call::send, Call::receive}, needed))
    judge_queue(evidence, history, linear::check_priority, true, findings, unknown);
  return findings.take();
}

}  // namespace squall::checkers
