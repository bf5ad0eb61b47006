// One search by several processes, each with a processor of its own.
//
// They take stretches of runs, and the first failure by number of run counts, so the result depends on the
// seed and not on how many they are. What one found is executed once more when nobody else runs: programs
// that meet each other outside of their namespaces (in a file) could fail for that alone; then the search
// goes on with one process. Workers die with the caller, and what they trace dies with them.
#pragma once

#include "harness/engine/controlled/explorer.h"

namespace squall::controlled {

/// How many processors there are for us.
unsigned available_processors();

/// As Explorer::explore(). To be called while the process has one thread. `isolated`: each worker has
/// namespaces of its own, where they can be made.
Exploration explore_in_parallel(const Settings&, const Search&, unsigned jobs, bool isolated);

}  // namespace squall::controlled
