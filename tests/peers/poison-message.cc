// A message longer than the receiver's buffer stays at the head of a System V queue: every msgrcv fails with
// E2BIG, and nothing behind it is ever received. The correct twin takes it out, cut short, and throws it
// away.
#include "tests/peers/peer.h"
#include "tests/peers/put_away.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

using namespace squall::peers;

namespace {

constexpr std::uint32_t usual = 64, poison = 128;
constexpr unsigned messages_are_there = 0;

struct Letter {
  long type = 1;
  std::array<std::byte, poison> text{};
};

/// Several sizes, as a scenario's fuzzing would send them: the second is more than the receiver has thought
/// of.
void send_all(Peer& peer, int queue) {
  for (std::uint32_t i = 1; i <= 3; ++i) {
    const Tag tag = peer.make(i, i == 2 ? poison : usual);
    const std::vector<std::byte> bytes = Peer::message(tag);
    Letter letter;
    std::memcpy(letter.text.data(), bytes.data(), bytes.size());
    Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), tag.size);
    peer.must("msgsnd", retried([&] { return msgsnd(queue, &letter, bytes.size(), 0); }));
    peer.worker.finish(sending, Status::ok);
  }
}

void discard_head(const Peer& peer, int queue) {
  Letter letter;
  peer.must("msgrcv", retried([&] { return msgrcv(queue, &letter, usual, 0, MSG_NOERROR); }));
}

void receive(Peer& peer, int queue) {
  Letter letter;
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  while (msgrcv(queue, &letter, usual, 0, 0) < 0) {
    if (errno != E2BIG && errno != EINTR) peer.give_up("msgrcv");
    if (errno == E2BIG && peer.fixed()) discard_head(peer, queue);
  }
  peer.received(receiving, std::span(letter.text).first(usual));
}

void receive_two(Peer& peer, std::atomic<int>& queue) {
  queue = peer.must("msgget", msgget(IPC_PRIVATE, 0600));
  take_along(queue_to_remove, queue);
  peer.worker.meet(messages_are_there, 2);
  receive(peer, queue);
  receive(peer, queue);
  msgctl(queue, IPC_RMID, nullptr);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  auto& queue = peer.shared<std::atomic<int>>();
  if (peer.is("receiver")) return receive_two(peer, queue), peer.done();
  peer.worker.meet(messages_are_there, 2);
  send_all(peer, queue);
  return peer.done();
}
