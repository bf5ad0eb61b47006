// What the legality table wants to know of a call. Async-signal-safe.
#pragma once

#include "harness/faults/legality.h"
#include "harness/preload/subject.h"

namespace squall::preload {

faults::Object object_of(int descriptor);
bool is_nonblocking(int descriptor);
faults::Circumstances circumstances_of(const Subject&, std::size_t size);

}  // namespace squall::preload
