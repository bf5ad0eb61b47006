// A lock that tests and then sets: two processes see it free, and both take it.
#include "tests/peers/peer.h"

#include <sched.h>

#include <atomic>

using namespace squall::peers;

namespace {

constexpr unsigned both_have_tested = 0, both_have_tried = 1;
using Lock = std::atomic<std::uint32_t>;

struct Page {
  Lock lock;
  std::atomic<std::uint32_t> changes;  ///< what the lock is for
};

bool try_to_take(Peer& peer, Lock& lock, bool first_try) {
  std::uint32_t free = 0;
  if (lock != free) return false;
  if (first_try) peer.force(both_have_tested, 2);
  if (peer.fixed()) return lock.compare_exchange_strong(free, 1);
  lock = 1;
  return true;
}

void take_and_give_back(Peer& peer, Page& page) {
  Lock& lock = page.lock;
  Operation& acquiring = peer.worker.begin(Call::acquire, 0, 0);
  const bool taken = try_to_take(peer, lock, true);
  if (taken) peer.worker.finish(acquiring, Status::ok);
  peer.force(both_have_tried, 2);
  if (!taken) {
    while (!try_to_take(peer, lock, false)) sched_yield();
    peer.worker.finish(acquiring, Status::ok);
  }
  page.changes = page.changes + 1;
  Operation& releasing = peer.worker.begin(Call::release, 0, 0);
  lock = 0;
  peer.worker.finish(releasing, Status::ok);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  take_and_give_back(peer, peer.shared<Page>());
  return peer.done();
}
