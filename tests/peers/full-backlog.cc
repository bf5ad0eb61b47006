// A non-blocking connect to a UNIX socket whose backlog is full fails with EAGAIN, and nothing is under way:
// a client that takes it for EINPROGRESS believes poll(), and writes to a socket that is not connected. The
// correct twin connects again.
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64;
constexpr unsigned listening = 0, refused = 1;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

int make_socket(const Peer& peer, int flags = 0) {
  return peer.must("socket", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
}

bool try_to_connect(int socket, const sockaddr_un& address) {
  return connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// As it is done for TCP.
void wait_until_connected(const Peer& peer, int socket) {
  pollfd writable{socket, POLLOUT, 0};
  poll(&writable, 1, -1);
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) peer.give_up("connect");
}

void connect_without_waiting(Peer& peer, int socket, const sockaddr_un& address) {
  const bool connected = try_to_connect(socket, address);
  if (!connected && errno != EAGAIN && errno != EINPROGRESS) peer.give_up("connect");
  peer.force(refused, 2);
  if (connected) return;
  if (!peer.fixed()) return wait_until_connected(peer, socket);
  while (!try_to_connect(socket, address)) sched_yield();
}

/// The first connection fills the backlog.
void send_on_the_second(Peer& peer, const sockaddr_un& address) {
  peer.worker.meet(listening, 2);
  const int first = make_socket(peer), second = make_socket(peer, SOCK_NONBLOCK);
  if (!try_to_connect(first, address)) peer.give_up("connect");
  connect_without_waiting(peer, second, address);
  const Tag tag = peer.make(1, size);
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  peer.must("write", write_all(second, Peer::message(tag)));
  peer.worker.finish(sending, Status::ok);
  close(second);
  close(first);
}

void receive_from(Peer& peer, int connection) {
  std::array<std::byte, size> bytes;
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  if (connection < 0 || read_all(connection, bytes) <= 0) return peer.worker.finish(receiving, Status::end);
  peer.received(receiving, bytes);
}

void serve(Peer& peer, const sockaddr_un& address) {
  const int listener = make_socket(peer);
  peer.must("bind", bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  peer.must("listen", listen(listener, 0));
  peer.worker.meet(listening, 2);
  peer.force(refused, 2);
  const int first = peer.must("accept4", accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  receive_from(peer, first);
  fcntl(listener, F_SETFL, O_NONBLOCK);
  const int second = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  receive_from(peer, second);
  for (int socket : {first, second, listener})
    if (socket >= 0) close(socket);
  unlink(address.sun_path);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  const sockaddr_un address = address_of(peer.words().at(1));
  peer.is("client") ? send_on_the_second(peer, address) : serve(peer, address);
  return peer.done();
}
