// A pair of UNIX seqpacket sockets: all senders share one end, all receivers the other. Sources: unix(7),
// socketpair(2).
#include "ipc/inherited.h"
#include "ipc/packet.h"
#include "ipc/registry.h"
#include "ipc/socket.h"

namespace squall::ipc {
namespace {

constexpr PacketPoints points = {"ipc/unix-seqpacket/send", "ipc/unix-seqpacket/receive"};

class SeqpacketTransport final : public InheritedTransport {
 public:
  std::string_view name() const override { return "unix-seqpacket"; }
  std::string_view about() const override { return "connected UNIX sockets that keep boundaries"; }
  Capabilities capabilities() const override {
    return {Capability::payload,      Capability::boundaries, Capability::many_writers,
            Capability::many_readers, Capability::fifo,       Capability::end_of_stream,
            Capability::peer_gone};
  }
  Limits limits() const override { return {.max_message = packet_max_message}; }

  std::unique_ptr<Sender> sender_on(FileDescriptor end, const ChannelOptions& options) const override {
    return std::make_unique<PacketSender>(std::move(end), options, points);
  }
  std::unique_ptr<Receiver> receiver_on(FileDescriptor end, const ChannelOptions& options) const override {
    return std::make_unique<PacketReceiver>(std::move(end), options, points, PacketReceiver::Empty::ends);
  }

 protected:
  Result<Ends> make_ends(const ChannelOptions& options) const override {
    auto pair = socket_pair(SOCK_SEQPACKET);
    if (!pair) return tl::unexpected(pair.error());
    size_send_buffer(pair->second.get(), options);
    return Ends{.receivers = std::move(pair->first), .senders = std::move(pair->second)};
  }
};

}  // namespace

const Transport& unix_seqpacket_transport() {
  static const SeqpacketTransport transport;
  return transport;
}

}  // namespace squall::ipc
