#include "tests/harness/faults/objects.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace squall::tests {

using faults::Object;

namespace {

int type_of(Object object) {
  if (object == Object::unix_dgram) return SOCK_DGRAM;
  return object == Object::unix_seqpacket ? SOCK_SEQPACKET : SOCK_STREAM;
}

Ends make_pipe() {
  int ends[2];
  must(pipe2(ends, O_CLOEXEC));
  must(fcntl(ends[1], F_SETPIPE_SZ, small_buffer));
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

Ends make_socket_pair(Object object) {
  int ends[2];
  must(socketpair(AF_UNIX, type_of(object) | SOCK_CLOEXEC, 0, ends));
  set_buffer(ends[1], SO_SNDBUF, small_buffer);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

Ends make_connection() {
  const FileDescriptor listener = make_listener(Object::tcp, 1);
  set_buffer(listener.get(), SO_RCVBUF, small_buffer);
  FileDescriptor client = make_socket(Object::tcp);
  set_buffer(client.get(), SO_SNDBUF, small_buffer);
  Address address = address_of(listener.get());
  must(connect(client.get(), address.get(), address.length));
  return {FileDescriptor(must(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC))), std::move(client)};
}

Ends make_any(Object object) {
  switch (object) {
    case Object::pipe:
      return make_pipe();
    case Object::tcp:
      return make_connection();
    case Object::eventfd:
      return {FileDescriptor(must(eventfd(0, EFD_CLOEXEC))), {}};
    case Object::other:
      return {FileDescriptor(must(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC))), {}};
    default:
      return make_socket_pair(object);
  }
}

}  // namespace

int must(int result) {
  if (result < 0) {
    std::perror("a call that a provocation stands on");
    std::abort();
  }
  return result;
}

SharedEnds make_ends(Object object) { return std::make_shared<Ends>(make_any(object)); }

void set_nonblocking(int descriptor) {
  must(fcntl(descriptor, F_SETFL, must(fcntl(descriptor, F_GETFL)) | O_NONBLOCK));
}

void set_buffer(int socket, int which, int bytes) {
  must(setsockopt(socket, SOL_SOCKET, which, &bytes, sizeof bytes));
}

Address loopback(in_port_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Address address;
  std::memcpy(&address.storage, &in, sizeof in);
  address.length = sizeof in;
  return address;
}

Address any_address(Object object) {
  if (object == Object::tcp) return loopback(0);
  Address address;
  address.storage.ss_family = AF_UNIX;
  address.length = sizeof(sa_family_t);
  return address;
}

Address path_address(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  Address address;
  std::memcpy(&address.storage, &name, sizeof name);
  address.length = sizeof name;
  return address;
}

Address address_of(int socket) {
  Address address;
  address.length = sizeof address.storage;
  must(getsockname(socket, address.get(), &address.length));
  return address;
}

FileDescriptor make_socket(Object object) {
  const int family = object == Object::tcp ? AF_INET : AF_UNIX;
  return FileDescriptor(must(socket(family, type_of(object) | SOCK_CLOEXEC, 0)));
}

FileDescriptor make_listener(Object object, int backlog) {
  FileDescriptor listener = make_socket(object);
  Address address = any_address(object);
  must(bind(listener.get(), address.get(), address.length));
  must(listen(listener.get(), backlog));
  return listener;
}

FileDescriptor make_file(const std::string& content) {
  FileDescriptor file(must(memfd_create("squall-test", MFD_CLOEXEC)));
  if (write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) std::abort();
  return file;
}

}  // namespace squall::tests
