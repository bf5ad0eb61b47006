// A reader that inherited both ends of a pipe keeps the write end open: the end of the stream never comes.
#include "tests/peers/peer.h"

#include <unistd.h>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, messages = 3;

void send_all(Peer& peer) {
  for (std::uint32_t i = 1; i <= messages; ++i) {
    const Tag tag = peer.make(i, size);
    Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
    write_all(peer.sending(), Peer::message(tag));
    peer.worker.finish(sending, Status::ok);
  }
  close(peer.sending());
}

void receive_all(Peer& peer) {
  if (peer.fixed()) close(peer.sending());
  peer.receive_all(peer.receiving(), size);
  close(peer.receiving());
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("writer") ? send_all(peer) : receive_all(peer);
  return peer.done();
}
