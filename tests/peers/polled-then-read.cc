// Two processes poll a FIFO that they share, and both are told of its only token: the second to read waits
// for another one (make SV 51159). The correct twin reads without waiting.
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64;
constexpr unsigned token_is_there = 0, both_are_open = 1, both_have_polled = 2, empty_handed = 3;
constexpr int patience_ms = 100;

void give(Peer& peer, const char* path) {
  peer.must("mkfifo", mkfifo(path, 0600));
  const int fifo = peer.must("open", open(path, O_RDWR | O_CLOEXEC));
  const Tag token = peer.make(1, size);
  Operation& sending = peer.worker.begin(Call::send, 0, token.pack(), size);
  write_all(fifo, Peer::message(token));
  peer.worker.finish(sending, Status::ok);
  peer.worker.meet(token_is_there, 3);
  peer.worker.meet(both_are_open, 3);
  peer.force(both_have_polled, 3);
  unlink(path);
  peer.worker.meet(empty_handed, 2);
  close(fifo);
}

/// Whoever gets no token says so, and does its work without.
void take_once_polled(Peer& peer, const char* path) {
  peer.worker.meet(token_is_there, 3);
  const int fifo = peer.must("open", open(path, O_RDONLY | O_CLOEXEC | (peer.fixed() ? O_NONBLOCK : 0)));
  peer.worker.meet(both_are_open, 3);
  const bool told = wait_for(fifo, POLLIN, patience_ms) > 0;
  peer.force(both_have_polled, 3);
  std::array<std::byte, size> bytes;
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  const bool taken = told && retried([&] { return read(fifo, bytes.data(), bytes.size()); }) > 0;
  taken ? peer.received(receiving, bytes) : peer.worker.finish(receiving, Status::fail, EAGAIN);
  if (!taken) peer.worker.meet(empty_handed, 2);
  close(fifo);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  const char* path = peer.words().at(1).c_str();
  peer.is("giver") ? give(peer, path) : take_once_polled(peer, path);
  return peer.done();
}
