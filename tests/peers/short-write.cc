// A non-blocking writer looks only for a negative result: 64 KiB of its 100,000 bytes are written, the rest
// is not (rsyslog #2946).
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 100'000;  ///< more than a pipe holds
constexpr unsigned tried = 0;

std::size_t write_what_fits(Peer& peer, std::span<const std::byte> bytes) {
  const ssize_t count = write(peer.sending(), bytes.data(), bytes.size());
  if (count < 0 && errno != EAGAIN) peer.give_up("write");
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

void write_the_rest(Peer& peer, std::span<const std::byte> rest) {
  while (!rest.empty()) {
    pollfd room{peer.sending(), POLLOUT, 0};
    poll(&room, 1, -1);
    rest = rest.subspan(write_what_fits(peer, rest));
  }
}

void send(Peer& peer) {
  const Tag tag = peer.make(1, size);
  const std::vector<std::byte> bytes = Peer::message(tag);
  peer.must("fcntl", fcntl(peer.sending(), F_SETFL, O_NONBLOCK));
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  const std::size_t written = write_what_fits(peer, bytes);
  peer.force(tried, 2);
  if (peer.fixed()) write_the_rest(peer, std::span(bytes).subspan(written));
  peer.worker.finish(sending, Status::ok);
  close(peer.sending());
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  if (peer.is("writer")) return send(peer), peer.done();
  peer.force(tried, 2);
  peer.receive_all(peer.receiving(), size);
  close(peer.receiving());
  return peer.done();
}
