// squall-worker: one process under test. Started by squall's supervisor, never by hand.
#include "harness/worker/workload.h"

#include <csignal>

using namespace squall;

int main() {
  worker::Worker worker = worker::Worker::from_environment();
  if (worker.self().is.sigpipe != "default") std::signal(SIGPIPE, SIG_IGN);
  const worker::Placement placement = worker::Placement::from_environment();
  return worker::live(worker, worker::inherited_ends(placement, worker.plan()));
}
