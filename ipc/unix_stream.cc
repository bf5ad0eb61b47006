// A UNIX stream socket: the receiver inherits the listener, senders connect to its path. Sources: unix(7),
// listen(2).
#include "ipc/bound.h"
#include "ipc/connections.h"
#include "ipc/registry.h"
#include "ipc/socket.h"

namespace squall::ipc {
namespace {

constexpr StreamPoints points = {.send = "ipc/unix-stream/send",
                                 .tail = "ipc/unix-stream/tail",
                                 .receive = "ipc/unix-stream/receive",
                                 .connected = "ipc/unix-stream/connected",
                                 .accepted = "ipc/unix-stream/accepted"};

class UnixStreamTransport final : public BoundTransport {
 public:
  std::string_view name() const override { return "unix-stream"; }
  std::string_view about() const override { return "UNIX stream sockets, a length before each message"; }
  Capabilities capabilities() const override {
    return {Capability::payload, Capability::many_writers, Capability::end_of_stream, Capability::peer_gone};
  }
  Limits limits() const override { return {.max_message = stream_max_message}; }

  Result<std::unique_ptr<Sender>> sender_to(const std::string& path,
                                            const ChannelOptions& options) const override {
    return unix_address(path).and_then(
        [&](const SocketAddress& address) { return connect_stream(address, options, points); });
  }
  std::unique_ptr<Receiver> receiver_on(FileDescriptor listener,
                                        const ChannelOptions& options) const override {
    return std::make_unique<ConnectionReceiver>(std::move(listener), options, points);
  }
  std::string file(const ChannelOptions& options) const override { return path_of(options, ".stream"); }

 protected:
  Result<Bound> bind(const ChannelOptions& options) const override {
    const std::string path = file(options);
    return unix_address(path)
        .and_then([&](const SocketAddress& address) { return listening_socket(address, options.writers); })
        .map([&](FileDescriptor&& listener) {
          return Bound{std::move(listener), path};
        });
  }
};

}  // namespace

const Transport& unix_stream_transport() {
  static const UnixStreamTransport transport;
  return transport;
}

}  // namespace squall::ipc
