// A writer leaves SIGPIPE as it is: when its reader goes away, it dies (make SV 63248).
#include "tests/peers/peer.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64;
constexpr unsigned reader_is_gone = 0;

void send(Peer& peer, std::uint32_t sequence) {
  const Tag tag = peer.make(sequence, size);
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  const bool sent = write_all(peer.sending(), Peer::message(tag)) >= 0;
  peer.worker.finish(sending, sent ? Status::ok : Status::fail, sent ? 0 : errno);
}

void write_twice(Peer& peer) {
  if (peer.fixed()) signal(SIGPIPE, SIG_IGN);
  send(peer, 1);
  peer.force(reader_is_gone, 2);
  send(peer, 2);
  close(peer.sending());
}

void read_once(Peer& peer) {
  std::array<std::byte, size> bytes;
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  read_all(peer.receiving(), bytes);
  peer.received(receiving, bytes);
  close(peer.receiving());
  peer.force(reader_is_gone, 2);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("writer") ? write_twice(peer) : read_once(peer);
  return peer.done();
}
