// What becomes of messages: lost, duplicated, invented. The substance of exactly-once and at-most-once, and
// of what the order checkers must know before they look at order.
#pragma once

#include "checkers/properties.h"

#include <string_view>

namespace squall::checkers {

/// Judges every channel on its own: a relayed message keeps its tag and travels over several. n log n.
/// `needed`: capabilities that a channel must have to be judged.
std::vector<Violation> judge_delivery(const history::Evidence&, Unknown&, std::string_view property,
                                      bool losses, std::uint32_t needed = 0);

/// A message that came once, from the one send that can have put it in, and not before it: order can be
/// judged by it. An unreceived message is traceable too.
struct Message;
bool traceable(const Message&);

}  // namespace squall::checkers
