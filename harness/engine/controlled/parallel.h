// One search by several processes, each with a processor of its own.
//
// They take stretches of runs, and the first failure by number of run counts, so the result depends on the
// seed and not on how many they are; with a bound in time, whoever finds one first ends it. What one found is
// executed once more when nobody else runs: programs that meet each other outside of their namespaces (in a
// file) could fail for that alone; then the search goes on with one process. Workers die with the caller, and
// what they trace dies with them.
#pragma once

#include "harness/engine/controlled/explorer.h"

#include <string>

namespace squall::controlled {

/// How many processors there are for us.
unsigned available_processors();

/// What each worker has of its own, where namespaces can be made.
struct Isolation {
  bool namespaces = false;
  std::string directory;  ///< empty in each and in memory; "": none
};

/// As Explorer::explore(). To be called while the process has one thread.
Exploration explore_in_parallel(const Settings&, const Search&, unsigned jobs, const Isolation&);

}  // namespace squall::controlled
