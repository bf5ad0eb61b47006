// A free list of indices whose head is compared and exchanged by its index alone: a node that was taken and
// given back meanwhile looks as if it had never moved, and its successor is handed out twice (argobots #178).
// The correct twin counts the changes beside the index.
#include "tests/peers/peer.h"

#include <array>
#include <atomic>

using namespace squall::peers;

namespace {

constexpr unsigned list_is_made = 0, successor_is_read = 1, node_is_back = 2, both_are_done = 3;

/// Nodes 1 and 2; 0 is none. The channel of the same place is the lock that stands for owning the node.
struct List {
  std::atomic<std::uint64_t> head;  ///< index, and the count of changes above it
  std::array<std::atomic<std::uint32_t>, 3> next;
};

constexpr std::uint32_t index_of(std::uint64_t head) { return static_cast<std::uint32_t>(head); }

std::uint64_t changed(const Peer& peer, std::uint64_t head, std::uint32_t index) {
  const std::uint64_t changes = (head >> 32) + (peer.fixed() ? 1 : 0);
  return changes << 32 | index;
}

std::uint32_t pop(Peer& peer, List& list, bool slowly = false) {
  for (std::uint64_t head = list.head; index_of(head) != 0;) {
    const std::uint32_t next = list.next[index_of(head)];
    if (slowly) peer.force(successor_is_read, 2);
    if (slowly) peer.force(node_is_back, 2);
    slowly = false;
    if (!list.head.compare_exchange_strong(head, changed(peer, head, next))) continue;
    peer.worker.finish(peer.worker.begin(Call::acquire, index_of(head) - 1, 0), Status::ok);
    return index_of(head);
  }
  return 0;
}

void push(Peer& peer, List& list, std::uint32_t node) {
  peer.worker.finish(peer.worker.begin(Call::release, node - 1, 0), Status::ok);
  std::uint64_t head = list.head;
  do list.next[node] = index_of(head);
  while (!list.head.compare_exchange_strong(head, changed(peer, head, node)));
}

void make(List& list) {
  list.next[1] = 2;
  list.head = 1;
}

void take_slowly(Peer& peer, List& list) {
  make(list);
  peer.worker.meet(list_is_made, 2);
  const std::array taken{pop(peer, list, true), pop(peer, list)};
  peer.worker.meet(both_are_done, 2);
  for (std::uint32_t node : taken)
    if (node != 0) push(peer, list, node);
}

void take_meanwhile(Peer& peer, List& list) {
  peer.worker.meet(list_is_made, 2);
  peer.force(successor_is_read, 2);
  const std::uint32_t first = pop(peer, list), second = pop(peer, list);
  if (first != 0) push(peer, list, first);
  peer.force(node_is_back, 2);
  peer.worker.meet(both_are_done, 2);
  if (second != 0) push(peer, list, second);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  List& list = peer.shared<List>();
  peer.index() == 0 ? take_slowly(peer, list) : take_meanwhile(peer, list);
  return peer.done();
}
