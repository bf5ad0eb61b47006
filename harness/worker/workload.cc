#include "harness/worker/workload.h"

#include <array>

#include "harness/worker/workloads/workloads.h"

namespace squall::worker {
namespace {

constexpr std::array table = {
    Workload{"send", "sends its messages on every channel it sends on, one after the other", false, run_send},
    Workload{"receive", "receives from its channel until there is no more to come", false, run_receive},
    Workload{"relay", "passes everything it receives on, unchanged", false, run_relay},
    Workload{"request", "sends a message and waits for its reply, again and again", false, run_request},
    Workload{"reply", "answers every message on the channel of whoever sent it", false, run_reply},
    Workload{"pass", "passes one token around a ring; the first process brings it in", false, run_pass},
};

}  // namespace

std::span<const Workload> workloads() { return table; }

const Workload* find_workload(std::string_view name) {
  for (const Workload& workload : table)
    if (workload.name == name) return &workload;
  return nullptr;
}

int live(Worker& worker, const Ends& ends) {
  const Workload* workload = find_workload(worker.self().is.does);
  if (workload == nullptr) worker.broken("there is no workload '" + worker.self().is.does + "'");
  worker.attach(ends, workload->memory);
  const int status = workload->run(worker);
  worker.close();
  return status;
}

}  // namespace squall::worker
