// Where a call was made, in terms that outlive the process: a file, and an address in it. Async-signal-safe:
// _dl_find_object takes no lock (glibc 2.35, which made it for unwinders).
#pragma once

#include "harness/faults/page.h"

namespace squall::preload {

/// `caller`: what the call returns to.
faults::Site site_of(const void* caller);

}  // namespace squall::preload
