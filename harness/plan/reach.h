// Which libc calls a worker makes on a transport, and so which of them a fault rule can reach.
// tests/harness/preload compares the table with what workers really call.
//
// Static data, pure functions.
#pragma once

#include "harness/faults/legality.h"
#include "harness/plan/plan.h"

#include <string>
#include <string_view>

namespace squall::plan {

struct Reach {
  faults::Object object = faults::Object::any;  ///< what the calls that carry messages are made on
  faults::CallSet calls;
  bool tells_channels = false;  ///< a call can be told to belong to one channel and not to another
};
Reach reach_of(std::string_view transport, ipc::Side side);

/// The calls that the rule means: those it names, or all.
faults::CallSet calls_of(const scenario::Fault&);

/// Why the rule can never happen in this plan, in words; empty when it can, or when nobody can know (a
/// program of the user's makes what calls it likes).
std::string never_happens(const Plan&, const Rule&);

}  // namespace squall::plan
