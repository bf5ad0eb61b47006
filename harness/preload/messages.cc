// Sockets. Async-signal-safe.
#include "harness/preload/attempt.h"
#include "harness/preload/channels.h"
#include "harness/preload/vectors.h"

namespace squall::preload {
namespace {

On on_socket(int socket, std::size_t size, int flags) {
  // With MSG_WAITALL a short answer is not for nothing, and MSG_TRUNC is asked for the real length.
  return {socket, size, (flags & MSG_DONTWAIT) != 0, (flags & (MSG_WAITALL | MSG_TRUNC)) != 0};
}

bool passes_descriptors(const msghdr* message) {
  const cmsghdr* header = message->msg_controllen == 0 ? nullptr : CMSG_FIRSTHDR(message);
  return header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS;
}

/// The bytes of a message are counted only where a rule may want them cut.
struct OnMessage {
  int socket;
  const msghdr* message;
  int flags;
  static constexpr std::size_t size = SIZE_MAX;
  Subject subject() const {
    Subject subject = on_socket(socket, total_of(message->msg_iov, message->msg_iovlen), flags).subject();
    subject.address = static_cast<const sockaddr*>(message->msg_name);
    subject.address_size = message->msg_name == nullptr ? 0 : message->msg_namelen;
    subject.passes = passes_descriptors(message);
    return subject;
  }
};

/// bind() makes a file there.
bool makes_name(const sockaddr* address, socklen_t size) {
  return address != nullptr && size > offsetof(sockaddr_un, sun_path) && address->sa_family == AF_UNIX &&
         reinterpret_cast<const sockaddr_un*>(address)->sun_path[0] != 0;
}

/// What a receiver is told beside the bytes.
void copy_answer(const msghdr& from, msghdr& to) {
  to.msg_namelen = from.msg_namelen;
  to.msg_controllen = from.msg_controllen;
  to.msg_flags = from.msg_flags;
}

/// Descriptors that came with a message are new ones.
void forget_received(const msghdr* message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr;
       header = CMSG_NXTHDR(const_cast<msghdr*>(message), header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const auto* bytes = CMSG_DATA(header);
    for (std::size_t at = 0; CMSG_LEN(at + sizeof(int)) <= header->cmsg_len; at += sizeof(int)) {
      int descriptor = -1;
      memcpy(&descriptor, bytes + at, sizeof descriptor);
      forget(descriptor);
    }
  }
}

ssize_t received(ssize_t result, const msghdr* message) {
  if (result >= 0 && message->msg_controllen != 0) forget_received(message);
  return result;
}

ssize_t receive_less(int socket, msghdr* message, std::size_t size, int flags) {
  const Cut cut(message->msg_iov, message->msg_iovlen, size);
  msghdr less = *message;
  less.msg_iov = cut.vectors();
  less.msg_iovlen = static_cast<std::size_t>(cut.count());
  const ssize_t result = real::recvmsg(socket, &less, flags);
  if (result >= 0) copy_answer(less, *message);
  return result;
}

ssize_t send_less(int socket, const msghdr* message, std::size_t size, int flags) {
  const Cut cut(message->msg_iov, message->msg_iovlen, size);
  msghdr less = *message;
  less.msg_iov = cut.vectors();
  less.msg_iovlen = static_cast<std::size_t>(cut.count());
  return real::sendmsg(socket, &less, flags);
}

}  // namespace

SQUALL_EXPORT ssize_t recv(int socket, void* buffer, size_t size, int flags) {
  return around<Call::recv>(on_socket(socket, size, flags),
                            [=](size_t left) { return real::recv(socket, buffer, left, flags); });
}

SQUALL_EXPORT ssize_t __recv_chk(int socket, void* buffer, size_t size, size_t room, int flags) {
  if (size > room) return real::__recv_chk(socket, buffer, size, room, flags);
  return ::recv(socket, buffer, size, flags);
}

SQUALL_EXPORT ssize_t recvfrom(int socket, void* buffer, size_t size, int flags, sockaddr* from,
                               socklen_t* from_size) {
  return around<Call::recvfrom>(on_socket(socket, size, flags), [=](size_t left) {
    return real::recvfrom(socket, buffer, left, flags, from, from_size);
  });
}

SQUALL_EXPORT ssize_t __recvfrom_chk(int socket, void* buffer, size_t size, size_t room, int flags,
                                     sockaddr* from, socklen_t* from_size) {
  if (size > room) return real::__recvfrom_chk(socket, buffer, size, room, flags, from, from_size);
  return ::recvfrom(socket, buffer, size, flags, from, from_size);
}

SQUALL_EXPORT ssize_t recvmsg(int socket, msghdr* message, int flags) {
  return around<Call::recvmsg>(OnMessage{socket, message, flags}, [=](size_t left) {
    if (left == SIZE_MAX || left >= total_of(message->msg_iov, message->msg_iovlen))
      return received(real::recvmsg(socket, message, flags), message);
    return received(receive_less(socket, message, left, flags), message);
  });
}

SQUALL_EXPORT int recvmmsg(int socket, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
  return around<Call::recvmmsg>(on_socket(socket, count, flags), [=](size_t left) {
    const int got = real::recvmmsg(socket, messages, static_cast<unsigned>(left), flags, timeout);
    for (int i = 0; i < got; ++i) received(0, &messages[i].msg_hdr);
    return got;
  });
}

SQUALL_EXPORT ssize_t send(int socket, const void* buffer, size_t size, int flags) {
  return around<Call::send>(On{socket, size, (flags & MSG_DONTWAIT) != 0},
                            [=](size_t left) { return real::send(socket, buffer, left, flags); });
}

SQUALL_EXPORT ssize_t sendto(int socket, const void* buffer, size_t size, int flags, const sockaddr* to,
                             socklen_t to_size) {
  return around<Call::sendto>(
      Towards{socket, to, to_size, size, (flags & MSG_DONTWAIT) != 0},
      [=](size_t left) { return real::sendto(socket, buffer, left, flags, to, to_size); });
}

SQUALL_EXPORT ssize_t sendmsg(int socket, const msghdr* message, int flags) {
  return around<Call::sendmsg>(OnMessage{socket, message, flags}, [=](size_t left) {
    if (left == SIZE_MAX || left >= total_of(message->msg_iov, message->msg_iovlen))
      return real::sendmsg(socket, message, flags);
    return send_less(socket, message, left, flags);
  });
}

SQUALL_EXPORT int sendmmsg(int socket, mmsghdr* messages, unsigned count, int flags) {
  return around<Call::sendmmsg>(On{socket, count, (flags & MSG_DONTWAIT) != 0}, [=](size_t left) {
    return real::sendmmsg(socket, messages, static_cast<unsigned>(left), flags);
  });
}

SQUALL_EXPORT int socket(int domain, int type, int protocol) {
  return around<Call::socket>(Nothing{}, [=] { return fresh(real::socket(domain, type, protocol)); });
}

SQUALL_EXPORT int socketpair(int domain, int type, int protocol, int* ends) {
  return around<Call::socketpair>(Nothing{}, [=] {
    const int result = real::socketpair(domain, type, protocol, ends);
    if (result == 0) fresh(ends[0]), fresh(ends[1]);
    return result;
  });
}

SQUALL_EXPORT int accept(int socket, sockaddr* address, socklen_t* size) {
  return around<Call::accept>(On{socket}, [=] { return fresh(real::accept(socket, address, size)); });
}

SQUALL_EXPORT int accept4(int socket, sockaddr* address, socklen_t* size, int flags) {
  return around<Call::accept4>(On{socket},
                               [=] { return fresh(real::accept4(socket, address, size, flags)); });
}

// A socket that has no name yet has no channel yet: what was known of it is to be asked for again.

SQUALL_EXPORT int connect(int socket, const sockaddr* address, socklen_t size) {
  return around<Call::connect>(Towards{socket, address, size}, [=] {
    const int result = real::connect(socket, address, size);
    forget(socket);
    return result;
  });
}

SQUALL_EXPORT int bind(int socket, const sockaddr* address, socklen_t size) {
  return around<Call::bind>(Towards{socket, address, size, 0, false, makes_name(address, size)}, [=] {
    const int result = real::bind(socket, address, size);
    forget(socket);
    return result;
  });
}

SQUALL_EXPORT int listen(int socket, int backlog) {
  return around<Call::listen>(On{socket}, [=] { return real::listen(socket, backlog); });
}

}  // namespace squall::preload
