// A UNIX datagram socket: receivers inherit the bound one, senders connect to its path. Sources: unix(7).
//
// net.unix.max_dgram_qlen bounds the queue, 10 datagrams by default; senders wait for room. There is no end
// of stream: the receivers' socket does not know who might send.
#include "ipc/bound.h"
#include "ipc/packet.h"
#include "ipc/points.h"
#include "ipc/registry.h"
#include "ipc/socket.h"

namespace squall::ipc {
namespace {

constexpr PacketPoints points = {"ipc/unix-dgram/send", "ipc/unix-dgram/receive"};

class DatagramTransport final : public BoundTransport {
 public:
  std::string_view name() const override { return "unix-dgram"; }
  std::string_view about() const override { return "UNIX datagram sockets"; }
  Capabilities capabilities() const override {
    return {Capability::payload,      Capability::boundaries, Capability::many_writers,
            Capability::many_readers, Capability::fifo,       Capability::peer_gone};
  }
  Limits limits() const override { return {.max_message = packet_max_message}; }

  Result<std::unique_ptr<Sender>> sender_to(const std::string& path,
                                            const ChannelOptions& options) const override {
    auto socket = unix_address(path).and_then(
        [](const SocketAddress& address) { return connected_socket(SOCK_DGRAM, address); });
    if (!socket) return tl::unexpected(socket.error());
    size_send_buffer(socket->get(), options);
    SQUALL_POINT("ipc/unix-dgram/connected");
    return std::make_unique<PacketSender>(std::move(*socket), options, points);
  }
  std::unique_ptr<Receiver> receiver_on(FileDescriptor socket, const ChannelOptions& options) const override {
    return std::make_unique<PacketReceiver>(std::move(socket), options, points,
                                            PacketReceiver::Empty::skipped);
  }
  std::string file(const ChannelOptions& options) const override { return path_of(options, ".dgram"); }

 protected:
  Result<Bound> bind(const ChannelOptions& options) const override {
    const std::string path = file(options);
    return unix_address(path)
        .and_then([](const SocketAddress& address) { return bound_socket(SOCK_DGRAM, address); })
        .map([&](FileDescriptor&& socket) {
          return Bound{std::move(socket), path};
        });
  }
};

}  // namespace

const Transport& unix_dgram_transport() {
  static const DatagramTransport transport;
  return transport;
}

}  // namespace squall::ipc
