// Stretches of a sweep, tried by several processes at a time.
//
// Each worker has namespaces of its own, so that what the commands name — IPC objects, ports, shared memory —
// does not meet, and an empty directory for pages in the place of the command's. The file system is the only
// one there is: commands that write the same file do meet. Where namespaces cannot be had nothing is tried.
// To be called by a process without threads.
#pragma once

#include "harness/engine/sweep/stretch.h"

#include <functional>
#include <optional>
#include <vector>

namespace squall::sweep {

/// By number of the stretch, what came of it; empty: nobody tried it, or did not come to its end.
std::vector<std::optional<Part>> try_in_parallel(const Subject&, const Calm&, const std::vector<Stretch>&,
                                                 unsigned jobs, const std::function<bool()>& is_over);

}  // namespace squall::sweep
