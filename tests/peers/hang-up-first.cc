// A reader asks poll() for a hang-up before it asks for input: what the writer sent last is never read (dbus
// 87ddff6b).
#include "tests/peers/peer.h"

#include <poll.h>
#include <unistd.h>

#include <array>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, messages = 3;
constexpr unsigned hung_up = 0;

void send_all(Peer& peer) {
  for (std::uint32_t i = 1; i <= messages; ++i) {
    const Tag tag = peer.make(i, size);
    Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
    write_all(peer.sending(), Peer::message(tag));
    peer.worker.finish(sending, Status::ok);
  }
  close(peer.sending());
  peer.force(hung_up, 2);
}

bool receive(Peer& peer) {
  std::array<std::byte, size> bytes;
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  pollfd stream{peer.receiving(), POLLIN, 0};
  retried([&] { return poll(&stream, 1, -1); });
  const bool over = peer.fixed() ? (stream.revents & POLLIN) == 0 : (stream.revents & POLLHUP) != 0;
  if (over) return peer.worker.finish(receiving, Status::end), false;
  read_all(peer.receiving(), bytes);
  peer.received(receiving, bytes);
  return true;
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  if (peer.is("writer")) return send_all(peer), peer.done();
  peer.force(hung_up, 2);
  while (receive(peer)) {
  }
  close(peer.receiving());
  return peer.done();
}
