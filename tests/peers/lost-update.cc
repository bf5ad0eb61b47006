// Two processes add to a shared counter by a load and a store: one of the two additions is lost.
#include "tests/peers/peer.h"

#include <atomic>

using namespace squall::peers;

namespace {

constexpr unsigned both_have_looked = 0, both_have_added = 1;
using Counter = std::atomic<std::uint64_t>;

void add_one(Peer& peer, Counter& counter) {
  Operation& adding = peer.worker.begin(Call::add, 0, 1);
  const std::uint64_t found = counter;
  peer.force(both_have_looked, 2);
  if (peer.fixed())
    adding.detail = counter.fetch_add(1);
  else
    counter = found + 1;
  peer.worker.finish(adding, Status::ok);
}

void read(Peer& peer, const Counter& counter) {
  Operation& reading = peer.worker.begin(Call::read, 0, 0);
  reading.value = counter;
  peer.worker.finish(reading, Status::ok);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Counter& counter = peer.shared<Counter>();
  add_one(peer, counter);
  peer.worker.meet(both_have_added, 2);
  if (peer.index() == 0) read(peer, counter);
  return peer.done();
}
