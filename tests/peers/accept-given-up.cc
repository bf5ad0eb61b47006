// A server takes every error of accept for its end: one EMFILE, and it is gone (libuv #690, tiny-http #284).
#include "tests/peers/peer.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, messages = 3;

bool is_passing(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == ECONNABORTED || error == EINTR;
}

/// Waits for a connection; -1: there was none after all.
int accept_one(const Peer& peer) {
  wait_for(peer.receiving(), POLLIN);
  const int connection = accept4(peer.receiving(), nullptr, nullptr, SOCK_CLOEXEC);
  if (connection < 0 && !(peer.fixed() && is_passing(errno))) peer.give_up("accept4");
  return connection;
}

void serve(Peer& peer) {
  for (std::uint32_t left = messages; left > 0;) {
    const int connection = accept_one(peer);
    if (connection < 0) continue;
    std::array<std::byte, size> bytes;
    Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
    read_all(connection, bytes);
    peer.received(receiving, bytes);
    close(connection);
    --left;
  }
  peer.ended();
  close(peer.receiving());
}

/// One connection a message; -1: nobody is there.
int connect_to(const Peer& peer, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int connection = peer.must("socket", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect_fully(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return connection;
  close(connection);
  return -1;
}

void send_all(Peer& peer) {
  signal(SIGPIPE, SIG_IGN);
  for (std::uint32_t i = 1; i <= messages; ++i) {
    const Tag tag = peer.make(i, size);
    Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
    const int connection = connect_to(peer, peer.words().at(1));
    const bool sent = connection >= 0 && write_all(connection, Peer::message(tag)) > 0;
    peer.worker.finish(sending, sent ? Status::ok : Status::fail, sent ? 0 : EPIPE);
    if (connection >= 0) close(connection);
  }
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("client") ? send_all(peer) : serve(peer);
  return peer.done();
}
