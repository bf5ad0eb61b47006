// Sockets: making, naming, connecting, sizing their buffers.
//
// All sockets are close-on-exec. Safe in any thread. Sources: socket(7), unix(7), ip(7), connect(2).
#pragma once

#include "ipc/io.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <utility>

namespace squall::ipc {

/// An address of either family, in the form in which bind() and connect() take it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

/// ENAMETOOLONG: the path does not fit into sun_path.
Result<SocketAddress> unix_address(const std::string& path);
/// Port 0: the kernel chooses.
SocketAddress loopback_address(in_port_t port);

/// A bound socket. EEXIST: the address is taken.
Result<FileDescriptor> bound_socket(int type, const SocketAddress& address);
/// A connected socket; an interrupted connect() is seen through to its end.
Result<FileDescriptor> connected_socket(int type, const SocketAddress& address);

/// A bound, listening stream socket in non-blocking mode, with room for `writers` connections to wait in.
Result<FileDescriptor> listening_socket(const SocketAddress& address, unsigned writers);
Result<in_port_t> port_of(int descriptor);
Result<std::pair<FileDescriptor, FileDescriptor>> socket_pair(int type);

/// The longest message on a socket that keeps boundaries: well below the buffer that kernels give by default.
inline constexpr std::size_t packet_max_message = 1 << 17;
/// Makes a sending buffer that takes the longest message whole; the smallest such one if a capacity is asked
/// for.
void size_send_buffer(int descriptor, const ChannelOptions& options);
/// The smallest sending buffer that takes `message` bytes whole.
void shrink_send_buffer(int descriptor, std::size_t message);
void shrink_receive_buffer(int descriptor);

}  // namespace squall::ipc
