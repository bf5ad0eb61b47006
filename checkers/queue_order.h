// A channel as a queue for the checkers of linear/, and what they find in words; shared by fifo and
// priority-order.
#pragma once

#include "checkers/findings.h"
#include "checkers/linear/checkers.h"
#include "checkers/operations.h"
#include "checkers/properties.h"

namespace squall::checkers {

/// Judges the traceable messages of a channel, its empty results and the receives that may have swallowed
/// something. What a foreign program may have received is left out, and so is what was not received when not
/// everybody came to an end: that is undecided. Violations are found one after the other, each without the
/// message that was guilty of the one before.
void judge_queue(const Evidence&, const ChannelHistory&, linear::Result (*check)(linear::History),
                 bool by_priority, Findings&, Unknown&);

}  // namespace squall::checkers
