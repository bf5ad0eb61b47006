// A ring of four that takes a fifth: "full" is tested with > where it must be >=, and the oldest is
// overwritten.
#include "tests/peers/peer.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, slots = 4, messages = 5;
constexpr unsigned filled = 0;

struct Ring {
  std::atomic<std::uint32_t> head, tail;
  std::array<std::array<std::byte, size>, slots> slot;

  bool put(const std::vector<std::byte>& bytes, bool fixed) {
    const std::uint32_t inside = head - tail;
    if (fixed ? inside >= slots : inside > slots) return false;
    std::ranges::copy(bytes, slot[head % slots].begin());
    ++head;
    return true;
  }
  bool take(std::array<std::byte, size>& bytes) {
    if (head == tail) return false;
    bytes = slot[tail % slots];
    ++tail;
    return true;
  }
};

void send_all(Peer& peer, Ring& ring) {
  bool met = false;
  for (std::uint32_t i = 1; i <= messages;) {
    const Tag tag = peer.make(i, size);
    Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
    const bool accepted = ring.put(Peer::message(tag), peer.fixed());
    peer.worker.finish(sending, accepted ? Status::ok : Status::fail, accepted ? 0 : EAGAIN);
    if (!met && (!accepted || i == messages)) peer.force(filled, 2), met = true;
    accepted ? void(++i) : void(sched_yield());
  }
}

void receive_all(Peer& peer, Ring& ring) {
  std::array<std::byte, size> bytes;
  peer.force(filled, 2);
  for (std::uint32_t taken = 0; taken < messages;) {
    Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
    if (ring.take(bytes))
      peer.received(receiving, bytes), ++taken;
    else
      peer.worker.finish(receiving, Status::fail, EAGAIN), sched_yield();
  }
  peer.ended();
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Ring& ring = peer.shared<Ring>();
  peer.is("sender") ? send_all(peer, ring) : receive_all(peer, ring);
  return peer.done();
}
