#include "ipc/packet.h"

#include "ipc/points.h"

#include <sys/socket.h>

namespace squall::ipc {

PacketSender::PacketSender(FileDescriptor socket, const ChannelOptions& options, const PacketPoints& points)
    : socket_(std::move(socket)),
      max_message_(options.max_message),
      flags_(MSG_NOSIGNAL | (options.blocking ? 0 : MSG_DONTWAIT)),
      points_(points) {}

Result<void> PacketSender::send(std::span<const std::byte> message, unsigned) {
  if (auto fits = check_size(message.size(), max_message_); !fits) return fits;
  SQUALL_POINT(points_.send);
  const ssize_t sent =
      uninterrupted([&] { return ::send(socket_.get(), message.data(), message.size(), flags_); });
  if (sent >= 0) return {};
  // Once it has said ECONNREFUSED, the kernel forgets the peer of a datagram socket.
  return failure(errno == ENOTCONN ? ECONNREFUSED : errno, "send");
}

Result<bool> PacketSender::wait(std::uint64_t deadline_ns) {
  return wait_writable(socket_.get(), deadline_ns);
}

PacketReceiver::PacketReceiver(FileDescriptor socket, const ChannelOptions& options,
                               const PacketPoints& points, Empty empty)
    : socket_(std::move(socket)),
      flags_(MSG_TRUNC | (options.blocking ? 0 : MSG_DONTWAIT)),
      points_(points),
      empty_(empty) {}

Result<Received> PacketReceiver::receive(std::span<std::byte> buffer) {
  SQUALL_POINT(points_.receive);
  for (;;) {
    const ssize_t got =
        uninterrupted([&] { return ::recv(socket_.get(), buffer.data(), buffer.size(), flags_); });
    if (got < 0) return failed("recv");
    const auto size = static_cast<std::size_t>(got);
    if (size > buffer.size()) return failure(EMSGSIZE, "recv");
    if (size > 0) return Received{.size = size};
    if (empty_ == Empty::ends) return Received{.end = true};
  }
}

Result<bool> PacketReceiver::wait(std::uint64_t deadline_ns) {
  return wait_readable(socket_.get(), deadline_ns);
}

}  // namespace squall::ipc
