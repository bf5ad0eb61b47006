// A record written in two pieces to a pipe that several processes write to: another record comes in between.
#include "tests/peers/peer.h"

#include <unistd.h>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 1024;  ///< one write of it would be atomic
constexpr unsigned half_way = 0, come_between = 1;

void write_slowly(Peer& peer) {
  const Tag tag = peer.make(1, size);
  const std::vector<std::byte> bytes = Peer::message(tag);
  const std::size_t first = peer.fixed() ? bytes.size() : bytes.size() / 2;
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  write_all(peer.sending(), std::span(bytes).first(first));
  peer.force(half_way, 2);
  peer.force(come_between, 2);
  write_all(peer.sending(), std::span(bytes).subspan(first));
  peer.worker.finish(sending, Status::ok);
}

void write_meanwhile(Peer& peer) {
  const Tag tag = peer.make(1, size);
  peer.force(half_way, 2);
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  write_all(peer.sending(), Peer::message(tag));
  peer.worker.finish(sending, Status::ok);
  peer.force(come_between, 2);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  if (peer.is("reader")) {
    peer.receive_all(peer.receiving(), size);
    close(peer.receiving());
  } else {
    peer.index() == 0 ? write_slowly(peer) : write_meanwhile(peer);
    close(peer.sending());
  }
  return peer.done();
}
