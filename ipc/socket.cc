#include "ipc/socket.h"

#include <arpa/inet.h>

#include <cstring>

namespace squall::ipc {
namespace {

// The kernel doubles what it is asked for (socket(7)) and keeps some of it for itself.
constexpr std::size_t send_overhead = 1024;

Result<FileDescriptor> new_socket(int type, const SocketAddress& address) {
  FileDescriptor made(::socket(address.family(), type | SOCK_CLOEXEC, 0));
  if (!made) return failed("socket");
  return made;
}

void set_buffer(int descriptor, int option, std::size_t size) {
  const int value = static_cast<int>(size);
  ::setsockopt(descriptor, SOL_SOCKET, option, &value, sizeof value);
}

Result<void> finish_connect(int descriptor) {
  auto done = wait_writable(descriptor, no_deadline);
  if (!done) return tl::unexpected(done.error());
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
    return failed("getsockopt(SO_ERROR)");
  if (error != 0) return failure(error, "connect");
  return {};
}

}  // namespace

Result<SocketAddress> unix_address(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) return failure(ENAMETOOLONG, "bind");
  std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
  SocketAddress address{.size = sizeof name};
  std::memcpy(&address.storage, &name, sizeof name);
  return address;
}

SocketAddress loopback_address(in_port_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SocketAddress address{.size = sizeof name};
  std::memcpy(&address.storage, &name, sizeof name);
  return address;
}

Result<FileDescriptor> bound_socket(int type, const SocketAddress& address) {
  auto made = new_socket(type, address);
  if (!made) return made;
  if (::bind(made->get(), address.get(), address.size) < 0) {
    return failure(errno == EADDRINUSE ? EEXIST : errno, "bind");
  }
  return made;
}

Result<FileDescriptor> connected_socket(int type, const SocketAddress& address) {
  auto made = new_socket(type, address);
  if (!made) return made;
  for (;;) {
    if (::connect(made->get(), address.get(), address.size) == 0 || errno == EISCONN) return made;
    if (errno != EINTR) return failed("connect");
    // A UNIX socket has done nothing yet; TCP goes on connecting, and a second connect() would fail with
    // EALREADY.
    if (address.family() == AF_UNIX) continue;
    if (auto done = finish_connect(made->get()); !done) return tl::unexpected(done.error());
    return made;
  }
}

Result<FileDescriptor> listening_socket(const SocketAddress& address, unsigned writers) {
  auto made = bound_socket(SOCK_STREAM | SOCK_NONBLOCK, address);
  if (made && ::listen(made->get(), static_cast<int>(writers)) < 0) return failed("listen");
  return made;
}

Result<in_port_t> port_of(int descriptor) {
  sockaddr_in name{};
  socklen_t size = sizeof name;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size) < 0) return failed("getsockname");
  return ntohs(name.sin_port);
}

Result<std::pair<FileDescriptor, FileDescriptor>> socket_pair(int type) {
  int pair[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) < 0) return failed("socketpair");
  return std::pair{FileDescriptor(pair[0]), FileDescriptor(pair[1])};
}

void size_send_buffer(int descriptor, const ChannelOptions& options) {
  int granted = 0;
  socklen_t size = sizeof granted;
  ::getsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &granted, &size);
  const bool too_small = static_cast<std::size_t>(granted) < options.max_message + send_overhead;
  if (options.capacity != 0 || too_small) shrink_send_buffer(descriptor, options.max_message);
}

void shrink_send_buffer(int descriptor, std::size_t message) {
  set_buffer(descriptor, SO_SNDBUF, (message + send_overhead) / 2);
}

// Not as small as the kernel allows: a window below one segment is filled at the pace of the persist timer,
// five segments a second, until something happens to realign it (RFC 1122, 4.2.3.4).
void shrink_receive_buffer(int descriptor) { set_buffer(descriptor, SO_RCVBUF, 8 << 10); }

}  // namespace squall::ipc
