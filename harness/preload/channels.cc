// Async-signal-safe: fstat, getsockname, getpeername and the System V ctl calls are plain system calls.
#include "harness/preload/channels.h"

#include "harness/preload/real.h"
#include "harness/preload/state.h"

#include <algorithm>

namespace squall::preload {

using faults::ChannelIdentity;
using Kind = Subject::Kind;

/// 0: not looked up yet; otherwise 1 + the channel.
constinit std::atomic<std::uint16_t> descriptor_channels[kept_descriptors];
constinit std::atomic<bool> watched_for_edges[kept_descriptors];

namespace {

/// The first channel of which it holds.
template <class Holds>
Channel find_channel(const Holds& holds) {
  const faults::RulePage& rules = *library.rules;
  const unsigned count = std::min(rules.channel_count, faults::max_channels);
  for (unsigned i = 0; i < count; ++i)
    if (holds(rules.channels[i])) return static_cast<Channel>(i + 1);
  return 0;
}

bool same_text(const char* name, const char* text, std::size_t size) {
  const std::size_t length = strnlen(text, size);
  return name[0] != 0 && length < sizeof ChannelIdentity{}.address && strncmp(name, text, length) == 0 &&
         name[length] == 0;
}

Channel channel_named(const char* name) {
  return find_channel([&](const ChannelIdentity& channel) {
    return same_text(channel.address, name, sizeof channel.address);
  });
}

Channel channel_with_status(const struct stat& status) {
  return find_channel([&](const ChannelIdentity& channel) {
    const bool same = channel.inode == status.st_ino || channel.other_inode == status.st_ino;
    return status.st_ino != 0 && same && channel.device == status.st_dev;
  });
}

/// An abstract name is written with an @.
Channel channel_with_path(const sockaddr_un& address, std::size_t size) {
  char path[sizeof address.sun_path + 1] = {};
  memcpy(path, address.sun_path, std::min(size, sizeof address.sun_path));
  if (path[0] == 0) path[0] = '@';
  return path[1] == 0 ? 0 : channel_named(path);
}

Channel channel_with_port(std::uint16_t network_port) {
  const std::uint16_t port = ntohs(network_port);
  return port == 0 ? 0 : find_channel([&](const ChannelIdentity& channel) { return channel.port == port; });
}

Channel channel_with_address(const sockaddr* address, socklen_t size) {
  if (address == nullptr || size < sizeof(sa_family_t)) return 0;
  sockaddr_storage copy{};
  memcpy(&copy, address, std::min<std::size_t>(size, sizeof copy));
  if (copy.ss_family == AF_UNIX)
    return channel_with_path(reinterpret_cast<const sockaddr_un&>(copy),
                             size - offsetof(sockaddr_un, sun_path));
  if (copy.ss_family == AF_INET)
    return channel_with_port(reinterpret_cast<const sockaddr_in&>(copy).sin_port);
  if (copy.ss_family == AF_INET6)
    return channel_with_port(reinterpret_cast<const sockaddr_in6&>(copy).sin6_port);
  return 0;
}

template <class Ask>
Channel channel_of_end(int descriptor, const Ask& ask) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (ask(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return channel_with_address(reinterpret_cast<sockaddr*>(&address), size);
}

Channel look_up_descriptor(int descriptor) {
  const KeepErrno keep;
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return 0;
  if (const Channel channel = channel_with_status(status); channel != 0) return channel;
  if (!S_ISSOCK(status.st_mode)) return 0;
  const Channel own = channel_of_end(descriptor, getsockname);
  return own != 0 ? own : channel_of_end(descriptor, getpeername);
}

Channel channel_at_path(int directory, const char* path) {
  if (path == nullptr) return 0;
  const KeepErrno keep;
  struct stat status {};
  if (fstatat(directory, path, &status, 0) == 0)
    if (const Channel channel = channel_with_status(status); channel != 0) return channel;
  return channel_named(path);
}

Channel channel_with_key(int key) {
  if (key == IPC_PRIVATE) return 0;
  return find_channel([&](const ChannelIdentity& channel) { return channel.key == key; });
}

/// Identifiers met before, by their last bits: which, of what kind, and 1 + the channel. 0: free.
constexpr unsigned kept_identifiers = 64;
constinit std::atomic<std::uint64_t> identifiers[kept_identifiers];

bool key_of(Kind kind, int id, int& key) {
  const KeepErrno keep;
  msqid_ds queue;
  semid_ds set;
  shmid_ds segment;
  if (kind == Kind::queue_id && real::msgctl(id, IPC_STAT, &queue) == 0)
    return key = queue.msg_perm.__key, true;
  if (kind == Kind::semaphore_id && real::semctl(id, 0, IPC_STAT, &set) == 0)
    return key = set.sem_perm.__key, true;
  if (kind == Kind::segment_id && real::shmctl(id, IPC_STAT, &segment) == 0)
    return key = segment.shm_perm.__key, true;
  return false;
}

Channel channel_of_identifier(Kind kind, int id) {
  std::atomic<std::uint64_t>& kept = identifiers[static_cast<unsigned>(id) % kept_identifiers];
  const std::uint64_t mark = std::uint64_t{static_cast<std::uint32_t>(id)} << 32 |
                             std::uint64_t{static_cast<std::uint8_t>(kind)} << 16;
  const std::uint64_t seen = kept.load(std::memory_order_relaxed);
  if ((seen & ~std::uint64_t{0xffff}) == mark) return static_cast<Channel>((seen & 0xffff) - 1);
  int key = IPC_PRIVATE;
  if (!key_of(kind, id, key)) return 0;
  const Channel channel = channel_with_key(key);
  kept.store(mark | (channel + 1u), std::memory_order_relaxed);
  return channel;
}

struct Region {
  std::atomic<std::uintptr_t> begin{0};  ///< 0: free
  std::atomic<std::uintptr_t> end{0};
  std::atomic<Channel> channel{0};
};
constexpr unsigned kept_regions = 64;
constinit Region regions[kept_regions];
constinit std::atomic<unsigned> regions_seen{0};  ///< those behind were never taken

Channel channel_in_memory(const void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const unsigned seen = regions_seen.load(std::memory_order_acquire);
  for (unsigned i = 0; i < seen; ++i)
    if (const std::uintptr_t begin = regions[i].begin.load(std::memory_order_acquire);
        begin != 0 && begin <= address && address < regions[i].end.load(std::memory_order_relaxed))
      return regions[i].channel.load(std::memory_order_relaxed);
  return 0;
}

/// Descriptors of a poll or a select, one after the other, until one is accepted.
template <class Accepts>
Channel any_of_polled(const Subject& subject, const Accepts& accepts) {
  const auto* polled = static_cast<const pollfd*>(subject.pointer);
  for (std::size_t i = 0; i < subject.size; ++i)
    if (const Channel channel = channel_of_descriptor(polled[i].fd); accepts(channel)) return channel;
  return 0;
}

template <class Accepts>
Channel any_of_selected(const Subject& subject, const Accepts& accepts) {
  const auto* sets = static_cast<const fd_set* const*>(subject.pointer);
  for (int descriptor = 0; descriptor < static_cast<int>(std::min<std::size_t>(subject.size, FD_SETSIZE));
       ++descriptor)
    for (int set = 0; set < 3; ++set)
      if (sets[set] != nullptr && FD_ISSET(descriptor, sets[set]))
        if (const Channel channel = channel_of_descriptor(descriptor); accepts(channel)) return channel;
  return 0;
}

}  // namespace

Channel channel_of_descriptor(int descriptor) {
  if (descriptor < 0) return 0;
  if (descriptor >= kept_descriptors) return look_up_descriptor(descriptor);
  std::atomic<std::uint16_t>& kept = descriptor_channels[descriptor];
  if (const std::uint16_t seen = kept.load(std::memory_order_relaxed); seen != 0)
    return static_cast<Channel>(seen - 1);
  const Channel channel = look_up_descriptor(descriptor);
  kept.store(static_cast<std::uint16_t>(channel + 1), std::memory_order_relaxed);
  return channel;
}

Channel channel_of(const Subject& subject) {
  if (subject.address != nullptr)
    if (const Channel channel = channel_with_address(subject.address, subject.address_size); channel != 0)
      return channel;
  switch (subject.kind) {
    case Kind::descriptor:
      return channel_of_descriptor(subject.id);
    case Kind::path:
      return channel_at_path(subject.id, static_cast<const char*>(subject.pointer));
    case Kind::name:
      return subject.pointer == nullptr ? 0 : channel_named(static_cast<const char*>(subject.pointer));
    case Kind::memory:
      return channel_in_memory(subject.pointer);
    case Kind::ipc_key:
      return channel_with_key(subject.id);
    case Kind::queue_id:
    case Kind::semaphore_id:
    case Kind::segment_id:
      return channel_of_identifier(subject.kind, subject.id);
    case Kind::nothing:
    case Kind::polled:
    case Kind::selected:
      return 0;
  }
  return 0;
}

Channel channel_for(const faults::Rule& rule, const Subject& subject, bool& meant) {
  const auto accepts = [&](Channel channel) {
    return channel != 0 && (rule.any_channel || rule.channels.has(channel - 1u));
  };
  Channel channel = 0;
  if (subject.kind == Kind::polled)
    channel = any_of_polled(subject, accepts);
  else if (subject.kind == Kind::selected)
    channel = any_of_selected(subject, accepts);
  else
    channel = channel_of(subject);
  meant = rule.any_channel || accepts(channel);
  return channel;
}

void forget_all_from(unsigned first, unsigned last) {
  for (unsigned i = first; i <= last && i < kept_descriptors; ++i) forget(static_cast<int>(i));
}

int fresh_by_name(int descriptor, const char* name) {
  forget(descriptor);
  if (descriptor < 0 || descriptor >= kept_descriptors || library.rules == nullptr) return descriptor;
  if (const Channel channel = channel_named(name); channel != 0)
    descriptor_channels[descriptor].store(static_cast<std::uint16_t>(channel + 1), std::memory_order_relaxed);
  return descriptor;
}

void include(int epoll, int descriptor) {
  if (library.rules == nullptr || library.rules->channel_count == 0 || epoll < 0 || epoll >= kept_descriptors)
    return;
  if (const Channel channel = channel_of_descriptor(descriptor); channel != 0)
    descriptor_channels[epoll].store(static_cast<std::uint16_t>(channel + 1), std::memory_order_relaxed);
}

void remember_region(const void* begin, std::size_t size, Channel channel) {
  if (channel == 0) return;
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  for (unsigned i = 0; i < kept_regions; ++i) {
    Region& region = regions[i];
    std::uintptr_t free = 0;
    if (!region.begin.compare_exchange_strong(free, UINTPTR_MAX)) continue;
    region.end.store(address + size, std::memory_order_relaxed);
    region.channel.store(channel, std::memory_order_relaxed);
    region.begin.store(address, std::memory_order_release);
    unsigned seen = regions_seen.load(std::memory_order_relaxed);
    while (seen <= i && !regions_seen.compare_exchange_weak(seen, i + 1, std::memory_order_release)) {
    }
    return;
  }
}

void forget_region(const void* begin) {
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const unsigned seen = regions_seen.load(std::memory_order_acquire);
  for (unsigned i = 0; i < seen; ++i)
    if (regions[i].begin.load(std::memory_order_relaxed) == address)
      regions[i].begin.store(0, std::memory_order_release);
}

}  // namespace squall::preload
