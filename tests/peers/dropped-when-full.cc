// A non-blocking writer takes EAGAIN for "sent": what does not fit into the pipe is lost.
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

using namespace squall::peers;

namespace {

constexpr std::uint32_t messages = 300, size = 512;  ///< more than a pipe holds; each write is atomic
constexpr unsigned full = 0;

void wait_for_room(int pipe) {
  pollfd room{pipe, POLLOUT, 0};
  poll(&room, 1, -1);
}

void send(Peer& peer, Tag tag, bool& was_full) {
  const int pipe = peer.sending();
  const std::vector<std::byte> bytes = Peer::message(tag);
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  while (write(pipe, bytes.data(), bytes.size()) < 0) {
    if (errno != EAGAIN) peer.give_up("write");
    if (!was_full) peer.force(full, 2);
    was_full = true;
    if (!peer.fixed()) break;
    wait_for_room(pipe);
  }
  peer.worker.finish(sending, Status::ok);
}

void send_all(Peer& peer) {
  bool was_full = false;
  peer.must("fcntl", fcntl(peer.sending(), F_SETFL, O_NONBLOCK));
  for (std::uint32_t i = 1; i <= messages; ++i) send(peer, peer.make(i, size), was_full);
  close(peer.sending());
}

void receive_all(Peer& peer) {
  peer.force(full, 2);
  peer.receive_all(peer.receiving(), size);
  close(peer.receiving());
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("writer") ? send_all(peer) : receive_all(peer);
  return peer.done();
}
