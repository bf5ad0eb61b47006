// What an interrupt row says, tried both ways: with a handler without SA_RESTART, and with one that has it.
#pragma once

#include "tests/harness/faults/actor.h"
#include "tests/harness/faults/provocation.h"

namespace squall::tests {

/// Makes what the call needs, in the parent; the call then waits until a signal comes, or for ever.
using Scene = std::function<Act()>;

Provocation interrupt(faults::Call, faults::Object, faults::When, Scene);

}  // namespace squall::tests
