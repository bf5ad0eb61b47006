// A server sorts what it reads into one queue a client and serves client by client: each client's order is
// kept, the order of all is not.
#include "tests/peers/peer.h"

#include <unistd.h>

#include <algorithm>
#include <array>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64;
constexpr unsigned clients = 2, rounds = 3;

void send(Peer& peer, std::uint32_t sequence) {
  const Tag tag = peer.make(sequence, size);
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  write_all(peer.sending(), Peer::message(tag));
  peer.worker.finish(sending, Status::ok);
}

/// One client a turn: then the order of all messages is certain.
void take_turns(Peer& peer) {
  for (unsigned turn = 0; turn < clients * rounds; ++turn) {
    if (turn % clients == peer.index()) send(peer, turn / clients + 1);
    peer.force(turn, clients);
  }
  close(peer.sending());
}

using Message = std::array<std::byte, size>;

void serve(Peer& peer) {
  std::vector<Message> waiting;
  for (Message message; read_all(peer.receiving(), message) > 0;) waiting.push_back(message);
  constexpr std::size_t client = 7;  ///< its byte of the tag
  if (!peer.fixed())
    std::ranges::stable_sort(waiting, {}, [](const Message& message) { return message[client]; });
  for (const Message& message : waiting) peer.received(peer.worker.begin(Call::receive, 0, 0), message);
  peer.ended();
  close(peer.receiving());
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("client") ? take_turns(peer) : serve(peer);
  return peer.done();
}
