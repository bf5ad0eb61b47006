// Small objects of every kind that a legality row names, made to be full soon.
//
// Everything aborts where the machine cannot even make a pipe: that is no finding about a row.
#pragma once

#include "harness/faults/legality.h"
#include "ipc/descriptor.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <initializer_list>
#include <memory>
#include <string>

namespace squall::tests {

inline constexpr std::size_t small_buffer = 4096;

/// Two ends that bytes go through; of an eventfd or a timerfd, `reading` alone is there.
struct Ends {
  FileDescriptor reading, writing;
  int to_write() const { return writing ? writing.get() : reading.get(); }
};
using SharedEnds = std::shared_ptr<Ends>;

SharedEnds make_ends(faults::Object);

void set_nonblocking(int descriptor);
void set_buffer(int socket, int which, int bytes);

/// Aborts when a call that cannot fail failed.
int must(int result);

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};
/// TCP: loopback, a port of the kernel's choice. UNIX: an abstract name of the kernel's choice.
Address any_address(faults::Object);
Address path_address(const std::string& path);
Address loopback(in_port_t port);
Address address_of(int socket);

FileDescriptor make_socket(faults::Object);
/// Bound to any_address() and listening.
FileDescriptor make_listener(faults::Object, int backlog);

/// An anonymous file of the kernel's.
FileDescriptor make_file(const std::string& content = {});

using Objects = std::initializer_list<faults::Object>;
inline constexpr Objects sockets = {faults::Object::unix_stream, faults::Object::tcp,
                                    faults::Object::unix_dgram, faults::Object::unix_seqpacket};
inline constexpr Objects listening = {faults::Object::unix_stream, faults::Object::tcp,
                                      faults::Object::unix_seqpacket};

}  // namespace squall::tests
