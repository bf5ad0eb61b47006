#include "ipc/transport.h"

#include "ipc/registry.h"

#include <algorithm>

namespace squall::ipc {

std::span<const CapabilityName> capability_names() {
  static constexpr CapabilityName names[] = {
      {"payload", Capability::payload, "messages carry bytes of the sender's choice"},
      {"boundaries", Capability::boundaries, "the kernel keeps each message whole and apart"},
      {"many-writers", Capability::many_writers, "several processes may send into one channel"},
      {"many-readers", Capability::many_readers, "several processes may receive from one channel"},
      {"priority", Capability::priority, "a send may name a priority"},
      {"fifo", Capability::fifo, "messages arrive in the order they were accepted, over all senders"},
      {"bounded", Capability::bounded, "the capacity, in messages, is honoured exactly"},
      {"end-of-stream", Capability::end_of_stream, "receivers learn that the last sender is gone"},
      {"peer-gone", Capability::peer_gone, "senders learn that the last receiver is gone"},
      {"persistent", Capability::persistent, "unread messages outlive every process"},
      {"durable", Capability::durable, "accepted messages can be read from a file after a SIGKILL"},
      {"named", Capability::named, "a process attaches by name, inheriting nothing"},
      {"fork-only", Capability::fork_only, "reaches only processes forked from the one that made it"},
      {"memory", Capability::memory, "offers a shared memory region besides messages"},
      {"descriptors", Capability::descriptors, "what travels is a file descriptor"},
  };
  return names;
}

std::optional<Capability> find_capability(std::string_view name) {
  for (const CapabilityName& entry : capability_names()) {
    if (entry.name == name) return entry.capability;
  }
  return std::nullopt;
}

std::span<const Transport* const> transports() {
  // One line a transport; a line is uncommented when its file is in ipc/CMakeLists.txt.
  static const std::vector<const Transport*> table = {
      &pipe_transport(),
      &fifo_transport(),
      &unix_stream_transport(),
      &unix_seqpacket_transport(),
      &unix_dgram_transport(),
      &tcp_transport(),
      &posix_mq_transport(),
      &sysv_mq_transport(),
      &signal_queue_transport(),
      &signal_queue_fd_transport(),
      &signal_queue_handler_transport(),
      &shm_mutex_transport(),
      &shm_ring_transport(),
      &shm_fork_transport(),
      &mmap_file_transport(),
      &eventfd_transport(),
      &memfd_transport(),
  };
  return table;
}

const Transport* find_transport(std::string_view name) {
  const auto all = transports();
  const auto found = std::ranges::find(all, name, [](const Transport* each) { return each->name(); });
  return found == all.end() ? nullptr : *found;
}

}  // namespace squall::ipc
