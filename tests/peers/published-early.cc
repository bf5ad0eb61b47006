// A producer counts a message before it has stored it: a consumer reads what the slot held before (libfabric
// #3303).
#include "tests/peers/peer.h"

#include <sched.h>

#include <array>
#include <atomic>
#include <cstring>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, messages = 2;
constexpr unsigned first_is_there = 0, half_way = 1, looked_at = 2;

struct Ring {
  std::atomic<std::uint32_t> published, taken;
  std::array<std::byte, size> slot;  ///< of a ring that holds one message
};

void store(Ring& ring, const std::vector<std::byte>& bytes) {
  std::memcpy(ring.slot.data(), bytes.data(), bytes.size());
}

void produce(Peer& peer, Ring& ring) {
  for (std::uint32_t i = 1; i <= messages; ++i) {
    while (ring.taken != i - 1) sched_yield();
    const Tag tag = peer.make(i, size);
    Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
    peer.fixed() ? store(ring, Peer::message(tag)) : void(ring.published = i);
    if (i == messages) peer.force(half_way, 2);
    if (i == messages) peer.force(looked_at, 2);
    peer.fixed() ? void(ring.published = i) : store(ring, Peer::message(tag));
    peer.worker.finish(sending, Status::ok);
    if (i == 1) peer.force(first_is_there, 2);
  }
}

void take(Peer& peer, Ring& ring) {
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  const std::array<std::byte, size> bytes = ring.slot;
  ring.taken = ring.taken + 1;
  peer.received(receiving, bytes);
}

void consume(Peer& peer, Ring& ring) {
  peer.force(first_is_there, 2);
  while (ring.published == 0) sched_yield();
  take(peer, ring);
  peer.force(half_way, 2);
  if (ring.published > ring.taken) take(peer, ring);
  peer.force(looked_at, 2);
  while (ring.taken < messages) ring.published > ring.taken ? take(peer, ring) : void(sched_yield());
  peer.ended();
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Ring& ring = peer.shared<Ring>();
  peer.is("producer") ? produce(peer, ring) : consume(peer, ring);
  return peer.done();
}
