// A ring that cannot tell full from empty gives one slot away: it promises four messages and refuses the
// fourth.
#include "tests/peers/peer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, promised = 4;
constexpr unsigned filled = 0;

struct Ring {
  std::atomic<std::uint32_t> head, tail;
  std::array<std::array<std::byte, size>, promised + 1> slot;

  bool put(const std::vector<std::byte>& bytes, std::uint32_t slots) {
    if ((head + 1) % slots == tail) return false;
    std::ranges::copy(bytes, slot[head].begin());
    head = (head + 1) % slots;
    return true;
  }
  bool take(std::array<std::byte, size>& bytes, std::uint32_t slots) {
    if (head == tail) return false;
    bytes = slot[tail];
    tail = (tail + 1) % slots;
    return true;
  }
};

void fill(Peer& peer, Ring& ring, std::uint32_t slots) {
  for (std::uint32_t i = 1; i <= promised; ++i) {
    const Tag tag = peer.make(i, size);
    Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
    const bool accepted = ring.put(Peer::message(tag), slots);
    peer.worker.finish(sending, accepted ? Status::ok : Status::fail, accepted ? 0 : EAGAIN);
  }
  peer.worker.meet(filled, 2);
}

void drain(Peer& peer, Ring& ring, std::uint32_t slots) {
  std::array<std::byte, size> bytes;
  peer.worker.meet(filled, 2);
  while (ring.take(bytes, slots)) peer.received(peer.worker.begin(Call::receive, 0, 0), bytes);
  peer.ended();
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Ring& ring = peer.shared<Ring>();
  const std::uint32_t slots = peer.fixed() ? promised + 1 : promised;
  peer.is("sender") ? fill(peer, ring, slots) : drain(peer, ring, slots);
  return peer.done();
}
