// The functions behind the table in workload.cc. Each returns the process's exit status.
#pragma once

#include "harness/worker/worker.h"

namespace squall::worker {

// messages.cc
int run_send(Worker&);
int run_receive(Worker&);
int run_relay(Worker&);
int run_request(Worker&);
int run_reply(Worker&);
int run_pass(Worker&);

}  // namespace squall::worker
