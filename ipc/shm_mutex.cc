// shm-mutex: a lock-based queue in an object of shm_open. Source: shm_overview(7).
#include "ipc/registry.h"
#include "ipc/shm_transport.h"

namespace squall::ipc {

const Transport& shm_mutex_transport() {
  using enum Capability;
  static const ShmTransport transport(
      {.name = "shm-mutex",
       .about = "shm_open, a robust process-shared mutex and futex events",
       .capabilities = {payload, boundaries, many_writers, many_readers, fifo, bounded, end_of_stream,
                        peer_gone, persistent, named, memory},
       .backing = Backing::shared_memory,
       .algorithm = Algorithm::mutex});
  return transport;
}

}  // namespace squall::ipc
