// shm-ring: a lock-free queue in an object of shm_open. Sources: shm_overview(7), futex(2).
#include "ipc/registry.h"
#include "ipc/shm_transport.h"

namespace squall::ipc {

const Transport& shm_ring_transport() {
  using enum Capability;
  static const ShmTransport transport({.name = "shm-ring",
                                       .about = "shm_open, a lock-free ring whose waiters sleep on futexes",
                                       .capabilities = {payload, boundaries, many_writers, many_readers, fifo,
                                                        bounded, end_of_stream, peer_gone, persistent, named},
                                       .backing = Backing::shared_memory,
                                       .algorithm = Algorithm::ring});
  return transport;
}

}  // namespace squall::ipc
