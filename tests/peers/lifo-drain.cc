// A receiver reads a batch ahead and hands it out from the wrong end.
#include "tests/peers/peer.h"

#include <unistd.h>

#include <array>
#include <deque>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, messages = 5;

void send_all(Peer& peer) {
  for (std::uint32_t i = 1; i <= messages; ++i) {
    const Tag tag = peer.make(i, size);
    Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
    write_all(peer.sending(), Peer::message(tag));
    peer.worker.finish(sending, Status::ok);
  }
  close(peer.sending());
}

using Message = std::array<std::byte, size>;

std::deque<Message> read_batch(Peer& peer) {
  std::deque<Message> batch;
  for (Message message; read_all(peer.receiving(), message) > 0;) batch.push_back(message);
  return batch;
}

void receive_all(Peer& peer) {
  for (std::deque<Message> batch = read_batch(peer); !batch.empty();) {
    const Message next = peer.fixed() ? batch.front() : batch.back();
    peer.fixed() ? batch.pop_front() : batch.pop_back();
    peer.received(peer.worker.begin(Call::receive, 0, 0), next);
  }
  peer.ended();
  close(peer.receiving());
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("sender") ? send_all(peer) : receive_all(peer);
  return peer.done();
}
