// shm-fork: a lock-based queue in anonymous shared memory that only forked processes inherit. Source:
// mmap(2).
#include "ipc/registry.h"
#include "ipc/shm_transport.h"

namespace squall::ipc {

const Transport& shm_fork_transport() {
  using enum Capability;
  static const ShmTransport transport(
      {.name = "shm-fork",
       .about = "MAP_SHARED | MAP_ANONYMOUS made before fork, a robust process-shared mutex and futex events",
       .capabilities = {payload, boundaries, many_writers, many_readers, fifo, bounded, end_of_stream,
                        peer_gone, fork_only, memory},
       .backing = Backing::anonymous,
       .algorithm = Algorithm::mutex});
  return transport;
}

}  // namespace squall::ipc
