// A reader takes what one read() returns for one message; on a stream, two messages may come together.
#include "tests/peers/peer.h"

#include <unistd.h>

#include <array>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 100, messages = 4;
constexpr unsigned two_are_there = 0;

void send_all(Peer& peer) {
  for (std::uint32_t i = 1; i <= messages; ++i) {
    if (i == 3) peer.force(two_are_there, 2);
    const Tag tag = peer.make(i, size);
    Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
    write_all(peer.sending(), Peer::message(tag));
    peer.worker.finish(sending, Status::ok);
  }
}

void receive_all(Peer& peer) {
  std::array<std::byte, 4096> buffer;
  peer.force(two_are_there, 2);
  for (;;) {
    Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
    const ssize_t count = peer.fixed() ? read_all(peer.receiving(), std::span(buffer).first(size))
                                       : read(peer.receiving(), buffer.data(), buffer.size());
    if (count <= 0) return peer.worker.finish(receiving, Status::end);
    peer.received(receiving, std::span(buffer).first(static_cast<std::size_t>(count)));
  }
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  if (peer.is("sender")) {
    send_all(peer);
    close(peer.sending());
  } else {
    receive_all(peer);
    close(peer.receiving());
  }
  return peer.done();
}
