// The census: what a case has left in the kernel and on disk.
//
// In namespaces of its own everything found is the case's. Outside of them only names with the case's prefix
// are. Sources: mq_overview(7), shm_overview(7), sem_overview(7), proc(5) /proc/sysvipc.
#pragma once

#include "harness/history/evidence.h"

#include <string>
#include <vector>

namespace squall::topology {

struct Census {
  std::string directory;  ///< the case's: every file, FIFO and socket in it counts
  std::string prefix;     ///< of the names of a case that is not isolated
  bool isolated = false;
  std::vector<std::string> ignored;  ///< files in `directory` that are squall's own
};

/// Everything left, with the processes that this process has still as children. Call it once every process of
/// the case has been waited for and every channel has been removed.
std::vector<history::Leak> take_census(const Census&);

/// Removes what take_census() finds by its prefix alone: queues, segments and semaphores. For cases that are
/// not isolated.
void remove_names(const std::string& prefix);

}  // namespace squall::topology
