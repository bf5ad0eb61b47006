// What every descriptor-based transport needs: calls that survive interruption, waits with a deadline,
// descriptors made, duplicated and taken over.
//
// Ownership: what returns a FileDescriptor gives it away; an int is borrowed. All of it is safe in any
// thread; the templates and the waits are async-signal-safe, what allocates is not. Sources: signal(7),
// poll(2), fcntl(2).
#pragma once

#include "ipc/descriptor.h"
#include "ipc/transport.h"

#include <poll.h>

#include <cerrno>
#include <cstdint>
#include <span>
#include <string>

namespace squall::ipc {

inline constexpr std::uint64_t no_deadline = UINT64_MAX;

/// Makes the call again as long as a signal interrupts it. Not for close() or connect().
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// Waits until one of them has an event or the deadline (CLOCK_MONOTONIC) has passed: then false. An
/// interrupted wait goes on with what is left of it.
Result<bool> poll_until(std::span<pollfd> descriptors, std::uint64_t deadline_ns);
Result<bool> wait_readable(int descriptor, std::uint64_t deadline_ns);
Result<bool> wait_writable(int descriptor, std::uint64_t deadline_ns);

/// A close-on-exec duplicate.
Result<FileDescriptor> duplicate(int descriptor);
/// The attachment's only descriptor, made close-on-exec. EBADF: it has none.
Result<FileDescriptor> take_descriptor(Attachment& attachment);

/// Fails with EMSGSIZE if `size` is above `limit`, with EINVAL if it is 0: an empty message could not be told
/// from the end of the stream.
inline Result<void> check_size(std::size_t size, std::size_t limit) {
  if (size > limit) return failure(EMSGSIZE, "send");
  if (size == 0) return failure(EINVAL, "send");
  return {};
}
/// Fails with EMSGSIZE if the channel is to carry longer messages than the transport can.
Result<void> check_options(const ChannelOptions& options, const Limits& limits);
/// The path of a channel's file: directory/name + suffix.
std::string path_of(const ChannelOptions& options, const char* suffix);

}  // namespace squall::ipc
