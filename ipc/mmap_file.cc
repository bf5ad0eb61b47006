// mmap-file: a lock-based queue in a mapped file, written to the device after each send.
//
// The kernel keeps what a killed process stored, so a SIGKILL loses no accepted message; msync makes that
// hold for a loss of power too, save that a message taken shortly before it may come back. The locks in the
// file do not outlive the machine: a file from before a restart is data to read, not a channel to attach to.
// A file that somebody truncated is EIO from then on; that its locks are in it leaves the attached threads
// one step from SIGBUS until they end. Sources: mmap(2), msync(2).
#include "ipc/registry.h"
#include "ipc/shm_transport.h"

namespace squall::ipc {

const Transport& mmap_file_transport() {
  using enum Capability;
  static const ShmTransport transport(
      {.name = "mmap-file",
       .about = "a mapped file with msync after each send, a robust process-shared mutex and futex events",
       .capabilities = {payload, boundaries, many_writers, many_readers, fifo, bounded, end_of_stream,
                        peer_gone, persistent, durable, named, memory},
       .backing = Backing::file,
       .algorithm = Algorithm::mutex});
  return transport;
}

}  // namespace squall::ipc
