// The receiving end of a listening stream socket: accepts its senders and takes messages from all of them.
//
// Messages of one sender keep their order; between senders there is none. The stream has ended when
// ChannelOptions::writers connections have been accepted and have ended. A connection that breaks
// (ECONNRESET) is reported once, by receive(), and the others go on. Further connections are refused.
//
// One thread at a time. Sources: listen(2), accept(2), poll(2), unix(7), tcp(7).
#pragma once

#include "ipc/socket.h"
#include "ipc/stream.h"

#include <deque>

namespace squall::ipc {

class ConnectionReceiver final : public Receiver {
 public:
  /// The listener must be in non-blocking mode, whatever the channel's mode is.
  ConnectionReceiver(FileDescriptor listener, const ChannelOptions& options, const StreamPoints& points);

  Result<Received> receive(std::span<std::byte> buffer) override;
  Result<bool> wait(std::uint64_t deadline_ns) override;

 private:
  bool complete() const { return awaited_ == 0; }
  bool ended() const { return complete() && connections_.empty(); }
  FrameReader* ready_connection();
  Result<Received> receive_from_last(std::span<std::byte> buffer);
  Result<bool> progress(std::uint64_t deadline_ns);
  void fill(const std::vector<pollfd>& events);
  void accept_all();

  FileDescriptor listener_;
  bool blocking_;
  std::size_t max_message_;
  StreamPoints points_;
  unsigned awaited_;
  std::deque<FrameReader> connections_;
  std::optional<Error> broken_;  // not reported yet
};

/// Connects to a ConnectionReceiver.
Result<std::unique_ptr<Sender>> connect_stream(const SocketAddress& address, const ChannelOptions& options,
                                               const StreamPoints& points);

}  // namespace squall::ipc
