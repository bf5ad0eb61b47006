#include "harness/engine/controlled/sockets.h"

#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/objects.h"
#include "harness/engine/controlled/program_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

namespace squall::controlled {
namespace {

constexpr std::int64_t never_s = std::int64_t{1} << 50;  ///< a bound of a microsecond is this and a second
constexpr std::int64_t most_seconds = std::int64_t{1} << 31;
constexpr std::int64_t million = 1'000'000;

constexpr unsigned first_port = 49'152, ports = 16'384;  ///< RFC 6335: dynamic ones
constexpr unsigned most_attempts = 1'024;

FileDescriptor socket_in_call(const Task& task) {
  return foreign::copy_of(task.process->pid, static_cast<int>(task.call.arguments[0]));
}

bool is_about_bound(const Task& task) {
  const auto& arguments = task.call.arguments;
  return arguments[1] == SOL_SOCKET && (arguments[2] == SO_RCVTIMEO || arguments[2] == SO_SNDTIMEO);
}

/// Others mean no bound, none that passes, or an error.
bool is_bound(const timeval& time) {
  return time.tv_sec >= 0 && time.tv_sec < most_seconds && time.tv_usec >= 0 && time.tv_usec < million &&
         (time.tv_sec != 0 || time.tv_usec != 0);
}

std::optional<std::int64_t> bound_us(int socket, int option) {
  timeval kept{};
  socklen_t size = sizeof kept;
  if (getsockopt(socket, SOL_SOCKET, option, &kept, &size) != 0 || kept.tv_sec < never_s) return std::nullopt;
  return kept.tv_sec - never_s;
}

bool is_internet(int domain) { return domain == AF_INET || domain == AF_INET6; }

bool has_port(int socket) {
  const int type = foreign::option_of(socket, SO_TYPE);
  return is_internet(foreign::option_of(socket, SO_DOMAIN)) && (type == SOCK_STREAM || type == SOCK_DGRAM);
}

bool asks_for_any(int socket, const foreign::Name& name) {
  switch (name.address.ss_family) {
    case AF_UNIX:
      return name.size == sizeof(sa_family_t);
    case AF_INET:
      return name.size >= sizeof(sockaddr_in) && has_port(socket) &&
             reinterpret_cast<const sockaddr_in&>(name.address).sin_port == 0;
    case AF_INET6:
      return name.size >= sizeof(sockaddr_in6) && has_port(socket) &&
             reinterpret_cast<const sockaddr_in6&>(name.address).sin6_port == 0;
    default:
      return false;
  }
}

/// A name of the form that the kernel gives.
void set_number(foreign::Name& name, unsigned number) {
  const auto port = static_cast<std::uint16_t>(first_port + number % ports);
  if (name.address.ss_family == AF_INET) reinterpret_cast<sockaddr_in&>(name.address).sin_port = htons(port);
  if (name.address.ss_family == AF_INET6)
    reinterpret_cast<sockaddr_in6&>(name.address).sin6_port = htons(port);
  if (name.address.ss_family != AF_UNIX) return;
  const std::string text = fmt::format("{:05x}", number);
  std::memcpy(reinterpret_cast<sockaddr_un&>(name.address).sun_path + 1, text.data(), text.size());
  name.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
}

constexpr int local_port_range = 51;  ///< linux/in.h: IP_LOCAL_PORT_RANGE, since Linux 6.3

/// Both 0: as before.
bool set_range(int socket, std::uint32_t first, std::uint32_t last) {
  const std::uint32_t range = last << 16 | first;
  return setsockopt(socket, IPPROTO_IP, local_port_range, &range, sizeof range) == 0;
}

/// To be given by the kernel: in the range of which a socket's own is a part, and not taken.
bool may_be_given(unsigned port) {
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  unsigned first = 0, last = 0;
  range >> first >> last;
  if (port < first || port > last) return false;
  const FileDescriptor probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<std::uint16_t>(port));
  return bind(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

bool connects_to_internet(const Task& task) {
  const auto to = foreign::address_in_call(task);
  return to && is_internet(to->address.ss_family);
}

/// A socket of TCP; of one that listens, `unread` are those that are not accepted.
struct Connection {
  int descriptor = -1;
  int state = 0;
  int unsent = 0, unread = 0, most_unread = 0;
  bool is_refused = false;  ///< the other end has no room
};

constexpr int being_made = 2, listening = 10;  ///< include/net/tcp_states.h: TCP_SYN_SENT, TCP_LISTEN

std::optional<Connection> connection_of(pid_t pid, int descriptor) {
  if (!foreign::target_of(pid, descriptor).starts_with("socket:")) return std::nullopt;
  const FileDescriptor socket = foreign::copy_of(pid, descriptor);
  tcp_info information{};
  socklen_t size = sizeof information;
  if (getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &information, &size) != 0) return std::nullopt;
  Connection found{descriptor, information.tcpi_state};
  if (found.state == listening) {
    found.unread = static_cast<int>(information.tcpi_unacked);
    found.most_unread = static_cast<int>(information.tcpi_sacked);
    return found;
  }
  ioctl(socket.get(), SIOCOUTQ, &found.unsent);
  ioctl(socket.get(), SIOCINQ, &found.unread);
  found.is_refused = size == sizeof information && information.tcpi_snd_wnd == 0;
  return found;
}

std::vector<Connection> connections_of(pid_t pid) {
  std::vector<Connection> found;
  for (const int descriptor : foreign::descriptors(pid))
    if (const auto connection = connection_of(pid, descriptor)) found.push_back(*connection);
  return found;
}

/// What the other end has no room for stays where it is.
bool is_on_its_way(const Connection& connection) {
  return connection.state == being_made || (!connection.is_refused && connection.unsent > 0);
}

}  // namespace

std::optional<std::int64_t> Sockets::set_bound(const Task& task) {
  const auto& arguments = task.call.arguments;
  const auto time = program_value<timeval>(task, arguments[3]);
  if (!time || static_cast<int>(arguments[4]) < static_cast<int>(sizeof *time) || !is_bound(*time))
    return std::nullopt;
  const FileDescriptor socket = socket_in_call(task);
  if (!socket) return std::nullopt;
  has_bounds_ = true;
  const timeval kept{never_s + time->tv_sec * million + time->tv_usec, 0};
  const auto option = static_cast<int>(arguments[2]);
  return setsockopt(socket.get(), SOL_SOCKET, option, &kept, sizeof kept) == 0 ? 0 : -errno;
}

std::optional<std::int64_t> Sockets::tell_bound(const Task& task) const {
  const auto& arguments = task.call.arguments;
  if (!has_bounds_) return std::nullopt;
  const auto bound = bound_us(socket_in_call(task).get(), static_cast<int>(arguments[2]));
  auto size = program_value<int>(task, arguments[4]);
  if (!bound || !size || *size < 0) return std::nullopt;
  const timeval time{*bound / million, *bound % million};
  *size = std::min(*size, static_cast<int>(sizeof time));
  const auto bytes = static_cast<std::size_t>(*size);
  if (program_write(task, arguments[3], &time, bytes) != bytes) return -EFAULT;
  return program_write(task, arguments[4], &*size, sizeof *size) == sizeof *size ? 0 : -EFAULT;
}

std::optional<std::uint64_t> Sockets::bound_ns_of(const Task& task) const {
  if (!has_bounds_) return std::nullopt;
  const bool sends = call_of(task.call.number).waits == Waits::sending;
  const auto bound = bound_us(socket_in_call(task).get(), sends ? SO_SNDTIMEO : SO_RCVTIMEO);
  if (!bound) return std::nullopt;
  return static_cast<std::uint64_t>(*bound) * 1'000;
}

std::int64_t Sockets::bind_somewhere(int socket, int domain, const void* like, std::uint32_t size) {
  foreign::Name name;
  std::memcpy(&name.address, like, size);
  name.address.ss_family = static_cast<sa_family_t>(domain);
  name.size = size;
  for (unsigned attempt = 0; attempt < most_attempts; ++attempt) {
    set_number(name, given_++);
    if (bind(socket, reinterpret_cast<const sockaddr*>(&name.address), name.size) == 0) return 0;
    if (errno != EADDRINUSE) break;
  }
  return -errno;
}

std::optional<std::int64_t> Sockets::bind_to_any(const Task& task) {
  const auto name = foreign::address_in_call(task);
  if (!name) return std::nullopt;
  const FileDescriptor socket = socket_in_call(task);
  if (!socket || !asks_for_any(socket.get(), *name)) return std::nullopt;
  return bind_somewhere(socket.get(), name->address.ss_family, &name->address, name->size);
}

/// The kernel gives it, and takes it back if the connection fails, so that the socket can be bound then.
bool Sockets::leave_one_port(int socket) {
  for (unsigned attempt = 0; attempt < most_attempts; ++attempt) {
    const unsigned port = first_port + given_ % ports;
    ++given_;
    if (may_be_given(port)) return set_range(socket, port, port);
  }
  return false;
}

/// The kernel would name it now.
void Sockets::name_before_use(Task& task) {
  auto& unnamed = task.process->unnamed_sockets;
  const auto descriptor = static_cast<int>(task.call.arguments[0]);
  if (unnamed.count(descriptor) == 0) return;
  const FileDescriptor socket = socket_in_call(task);
  const bool is_datagram = foreign::option_of(socket.get(), SO_TYPE) == SOCK_DGRAM;
  if (task.call.number == SYS_connect && !connects_to_internet(task)) return;
  if (task.call.number != SYS_connect && task.call.number != SYS_listen && !is_datagram) return;
  if (task.call.number == SYS_connect && !is_datagram && has_port(socket.get()) &&
      leave_one_port(socket.get()))
    return;
  unnamed.erase(descriptor);
  if (!socket || !has_port(socket.get()) || foreign::is_named(socket.get())) return;
  const sockaddr_in6 any{};
  const int domain = foreign::option_of(socket.get(), SO_DOMAIN);
  bind_somewhere(socket.get(), domain, &any, domain == AF_INET ? sizeof(sockaddr_in) : sizeof any);
}

std::optional<std::int64_t> Sockets::answer(Task& task) {
  switch (task.call.number) {
    case SYS_setsockopt:
      return is_about_bound(task) ? set_bound(task) : std::nullopt;
    case SYS_getsockopt:
      return is_about_bound(task) ? tell_bound(task) : std::nullopt;
    case SYS_bind:
      return bind_to_any(task);
    case SYS_connect:
    case SYS_listen:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendmmsg:
      name_before_use(task);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

void Sockets::note_result(Task& task, std::int64_t result) {
  if (task.call.number == SYS_connect &&
      task.process->unnamed_sockets.count(static_cast<int>(task.call.arguments[0])) != 0)
    set_range(socket_in_call(task).get(), 0, 0);
  if (task.call.number != SYS_socket || result < 0) return;
  if (is_internet(static_cast<int>(task.call.arguments[0])))
    task.process->unnamed_sockets.insert(static_cast<int>(result));
}

bool has_data_on_its_way(pid_t pid) {
  const auto all = connections_of(pid);
  return std::any_of(all.begin(), all.end(), is_on_its_way);
}

std::uint64_t state_of_connections(pid_t pid) {
  std::uint64_t state = static_cast<std::uint64_t>(pid);
  for (const Connection& it : connections_of(pid))
    for (const auto part : {it.descriptor, it.state, it.unsent, it.unread, it.most_unread})
      state = mixed({state, static_cast<std::uint64_t>(part)});
  return state;
}

void forget_closed_connections() {
  if (getpid() != 1) return;
  struct if_nameindex* const interfaces = if_nameindex();
  const bool is_ours = interfaces != nullptr && interfaces[0].if_index != 0 && interfaces[1].if_index == 0;
  if_freenameindex(interfaces);
  if (!is_ours) return;
  const FileDescriptor most(open("/proc/sys/net/ipv4/tcp_max_tw_buckets", O_WRONLY | O_CLOEXEC));
  static_cast<void>(!::write(most.get(), "0", 1));
}

}  // namespace squall::controlled
