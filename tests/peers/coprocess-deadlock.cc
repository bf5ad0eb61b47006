// A client writes all its requests before it reads the first answer; client and server each fill a pipe, and
// wait for each other (poco #5269).
#include "tests/peers/peer.h"

#include <unistd.h>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 4096, requests = 50;  ///< more than both pipes hold
constexpr unsigned to_server = 0, to_client = 1;

void send(Peer& peer, unsigned channel, Tag tag) {
  Operation& sending = peer.worker.begin(Call::send, channel, tag.pack(), size);
  write_all(peer.sending(channel), Peer::message(tag));
  peer.worker.finish(sending, Status::ok);
}

/// False: there was nothing more.
bool receive(Peer& peer, unsigned channel, Tag& tag) {
  std::vector<std::byte> bytes(size);
  Operation& receiving = peer.worker.begin(Call::receive, channel, 0);
  const bool got = read_all(peer.receiving(channel), bytes) > 0;
  if (got)
    peer.received(receiving, bytes);
  else
    peer.worker.finish(receiving, Status::end);
  tag = Tag::unpack(receiving.value);
  return got;
}

void ask(Peer& peer) {
  Tag answer;
  for (std::uint32_t i = 1; i <= requests; ++i) {
    send(peer, to_server, peer.make(i, size));
    if (peer.fixed()) receive(peer, to_client, answer);
  }
  close(peer.sending(to_server));
  while (receive(peer, to_client, answer)) {
  }
  close(peer.receiving(to_client));
}

void answer(Peer& peer) {
  for (Tag request; receive(peer, to_server, request);) send(peer, to_client, request);
  close(peer.receiving(to_server));
  close(peer.sending(to_client));
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("client") ? ask(peer) : answer(peer);
  return peer.done();
}
