#include "ipc/connections.h"

#include "ipc/points.h"
#include "ipc/socket.h"

#include <netinet/tcp.h>

#include <algorithm>

namespace squall::ipc {
ConnectionReceiver::ConnectionReceiver(FileDescriptor listener, const ChannelOptions& options,
                                       const StreamPoints& points)
    : listener_(std::move(listener)),
      blocking_(options.blocking),
      max_message_(options.max_message),
      points_(points),
      awaited_(options.writers) {}

Result<Received> ConnectionReceiver::receive(std::span<std::byte> buffer) {
  for (;;) {
    if (complete() && connections_.size() == 1 && !broken_) return receive_from_last(buffer);
    if (FrameReader* connection = ready_connection()) return connection->take(buffer);
    if (broken_) return tl::unexpected(*std::exchange(broken_, std::nullopt));
    if (ended()) return Received{.end = true};
    const auto progressed = progress(blocking_ ? no_deadline : 0);
    if (!progressed) return tl::unexpected(progressed.error());
    if (!*progressed) return failure(EAGAIN, "recv");
  }
}

Result<bool> ConnectionReceiver::wait(std::uint64_t deadline_ns) {
  while (!ended() && !broken_ && !ready_connection()) {
    const auto progressed = progress(deadline_ns);
    if (!progressed || !*progressed) return progressed;
  }
  return true;
}

/// The first connection with a whole message; it goes to the back, so that every sender gets its turn.
FrameReader* ConnectionReceiver::ready_connection() {
  const auto ready = std::ranges::find_if(connections_, &FrameReader::ready);
  if (ready == connections_.end()) return nullptr;
  std::rotate(ready, ready + 1, connections_.end());
  return &connections_.back();
}

Result<Received> ConnectionReceiver::receive_from_last(std::span<std::byte> buffer) {
  auto received = connections_.front().receive(buffer);
  const bool over =
      received ? received->end : received.error().number != EAGAIN && received.error().number != EMSGSIZE;
  if (over) connections_.clear();
  return received;
}

/// Waits for an event, then accepts and reads what there is. False: the deadline passed.
Result<bool> ConnectionReceiver::progress(std::uint64_t deadline_ns) {
  std::vector<pollfd> events;
  events.reserve(connections_.size() + 1);
  for (const FrameReader& each : connections_) events.push_back({each.descriptor(), POLLIN, 0});
  if (listener_) events.push_back({listener_.get(), POLLIN, 0});
  const auto ready = poll_until(events, deadline_ns);
  if (!ready || !*ready) return ready;
  fill(events);
  if (listener_ && events.back().revents != 0) accept_all();
  return true;
}

void ConnectionReceiver::fill(const std::vector<pollfd>& events) {
  std::size_t event = 0;
  std::erase_if(connections_, [&](FrameReader& connection) {
    if (events[event++].revents == 0) return false;
    const auto filled = connection.fill();
    if (filled == FrameReader::Filled::failed) broken_ = Error{errno, "read"};
    return filled == FrameReader::Filled::failed || filled == FrameReader::Filled::end;
  });
}

void ConnectionReceiver::accept_all() {
  while (awaited_ > 0) {
    FileDescriptor accepted(
        uninterrupted([&] { return ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC); }));
    if (!accepted) {
      if (errno != EAGAIN && errno != ECONNABORTED) broken_ = Error{errno, "accept4"};
      return;
    }
    --awaited_;
    SQUALL_POINT(points_.accepted);
    connections_.emplace_back(ByteStream(std::move(accepted), ByteStream::Kind::socket, blocking_),
                              max_message_, points_);
  }
  listener_.reset();
}

Result<std::unique_ptr<Sender>> connect_stream(const SocketAddress& address, const ChannelOptions& options,
                                               const StreamPoints& points) {
  auto connected = connected_socket(SOCK_STREAM, address);
  if (!connected) return tl::unexpected(connected.error());
  if (options.capacity != 0) shrink_send_buffer(connected->get(), 0);
  if (address.family() == AF_INET) {
    const int on = 1;
    ::setsockopt(connected->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  SQUALL_POINT(points.connected);
  return std::make_unique<StreamSender>(
      ByteStream(std::move(*connected), ByteStream::Kind::socket, options.blocking), options.max_message,
      points);
}

}  // namespace squall::ipc
