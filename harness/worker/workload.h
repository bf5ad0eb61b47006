// What a worker can do: one table, one file for each family of workloads.
#pragma once

#include "harness/worker/worker.h"

#include <span>
#include <string_view>

namespace squall::worker {

struct Workload {
  std::string_view name;   ///< as `does:` names it
  std::string_view about;  ///< one line, for `squall describe workloads`
  bool memory;             ///< attaches the channels' memory instead of their messages
  int (*run)(Worker&);     ///< returns the exit status
};

std::span<const Workload> workloads();
const Workload* find_workload(std::string_view name);

/// A process's whole life as a worker: attach, run the workload of its role, close. Returns the exit status.
int live(Worker&, const Ends&);

}  // namespace squall::worker
