// A reader of two words behind a sequence number looks at the number once, before: a write in the middle
// shows him half of the old pair and half of the new one (AtomicRing #4).
#include "tests/peers/peer.h"

#include <atomic>

using namespace squall::peers;

namespace {

constexpr unsigned old_is_there = 0, half_is_read = 1, new_is_there = 2;

struct Pair {
  std::atomic<std::uint64_t> sequence, first, second;
};

void write_pair(Peer& peer, Pair& pair, std::uint64_t value) {
  Operation& writing = peer.worker.begin(Call::write, 0, value);
  ++pair.sequence;
  pair.first = value;
  pair.second = value;
  ++pair.sequence;
  peer.worker.finish(writing, Status::ok);
}

void write_twice(Peer& peer, Pair& pair) {
  write_pair(peer, pair, 1);
  peer.force(old_is_there, 2);
  peer.force(half_is_read, 2);
  write_pair(peer, pair, 2);
  peer.force(new_is_there, 2);
}

void read_pair(Peer& peer, Pair& pair) {
  peer.force(old_is_there, 2);
  Operation& reading = peer.worker.begin(Call::read, 0, 0);
  for (bool met = false;; met = true) {
    const std::uint64_t before = pair.sequence, first = pair.first;
    if (!met) peer.force(half_is_read, 2);
    if (!met) peer.force(new_is_there, 2);
    const std::uint64_t second = pair.second;
    if (peer.fixed() && (before % 2 != 0 || pair.sequence != before)) continue;
    reading.value = first;
    reading.detail = second != first ? second : 0;
    return peer.worker.finish(reading, Status::ok);
  }
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Pair& pair = peer.shared<Pair>();
  peer.is("writer") ? write_twice(peer, pair) : read_pair(peer, pair);
  return peer.done();
}
