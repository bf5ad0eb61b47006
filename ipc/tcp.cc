// TCP over loopback: the receiver inherits the listener, senders connect to its port. Sources: tcp(7), ip(7).
//
// A sender's kernel learns of the receiver's death from the answer to a segment: one send after it may
// succeed. Nagle's algorithm is off. The kernel chooses the port, so there is no name to sweep.
#include "ipc/bound.h"
#include "ipc/connections.h"
#include "ipc/registry.h"
#include "ipc/socket.h"

#include <charconv>

namespace squall::ipc {
namespace {

constexpr StreamPoints points = {.send = "ipc/tcp/send",
                                 .tail = "ipc/tcp/tail",
                                 .receive = "ipc/tcp/receive",
                                 .connected = "ipc/tcp/connected",
                                 .accepted = "ipc/tcp/accepted"};
constexpr std::string_view host = "127.0.0.1:";

Result<in_port_t> port_in(std::string_view address) {
  in_port_t port = 0;
  if (!address.starts_with(host)) return failure(EINVAL, "connect");
  const char* const end = address.data() + address.size();
  const auto [last, error] = std::from_chars(address.data() + host.size(), end, port);
  if (error != std::errc() || last != end) return failure(EINVAL, "connect");
  return port;
}

class TcpTransport final : public BoundTransport {
 public:
  std::string_view name() const override { return "tcp"; }
  std::string_view about() const override { return "TCP over loopback, a length before each message"; }
  Capabilities capabilities() const override {
    return {Capability::payload, Capability::many_writers, Capability::end_of_stream, Capability::peer_gone};
  }
  Limits limits() const override { return {.max_message = stream_max_message}; }

  std::optional<std::string> unavailable() const override {
    const auto probe = bound_socket(SOCK_STREAM, loopback_address(0));
    if (probe) return std::nullopt;
    return "127.0.0.1: " + probe.error().message() + "; bring the loopback interface up";
  }

  Result<std::unique_ptr<Sender>> sender_to(const std::string& address,
                                            const ChannelOptions& options) const override {
    return port_in(address).and_then(
        [&](in_port_t port) { return connect_stream(loopback_address(port), options, points); });
  }
  std::unique_ptr<Receiver> receiver_on(FileDescriptor listener,
                                        const ChannelOptions& options) const override {
    return std::make_unique<ConnectionReceiver>(std::move(listener), options, points);
  }
  std::string file(const ChannelOptions&) const override { return {}; }

 protected:
  Result<Bound> bind(const ChannelOptions& options) const override {
    auto listener = listening_socket(loopback_address(0), options.writers);
    if (!listener) return tl::unexpected(listener.error());
    if (options.capacity != 0) shrink_receive_buffer(listener->get());
    const auto port = port_of(listener->get());
    if (!port) return tl::unexpected(port.error());
    return Bound{std::move(*listener), std::string(host) + std::to_string(*port)};
  }
};

}  // namespace

const Transport& tcp_transport() {
  static const TcpTransport transport;
  return transport;
}

}  // namespace squall::ipc
