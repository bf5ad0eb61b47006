// A receiver that wants one type takes whatever comes, and puts back what is not for it: behind everything
// else. The correct twin asks the kernel for the type that it wants.
#include "tests/peers/peer.h"
#include "tests/peers/put_away.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64;
constexpr unsigned queue_is_there = 0, messages_are_there = 1;
constexpr std::array types{1, 2, 1};  ///< of the messages, in the order of their sending

struct Letter {
  long type = 0;
  std::array<std::byte, size> text{};
};

void send_all(Peer& peer, int queue) {
  for (std::uint32_t i = 1; i <= types.size(); ++i) {
    const Tag tag = peer.make(i, size);
    Letter letter{.type = types[i - 1]};
    std::memcpy(letter.text.data(), Peer::message(tag).data(), size);
    Operation& sending =
        peer.worker.begin(Call::send, 0, tag.pack(), size, static_cast<unsigned>(letter.type - 1));
    peer.must("msgsnd", retried([&] { return msgsnd(queue, &letter, size, 0); }));
    peer.worker.finish(sending, Status::ok);
  }
}

void take(const Peer& peer, int queue, long type, Letter& letter) {
  const long asked = peer.fixed() ? type : 0;
  for (;;) {
    peer.must("msgrcv", retried([&] { return msgrcv(queue, &letter, size, asked, 0); }));
    if (letter.type == type) return;
    peer.must("msgsnd", retried([&] { return msgsnd(queue, &letter, size, 0); }));
  }
}

void receive(Peer& peer, int queue, int type) {
  Letter letter;
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  receiving.asked = static_cast<std::int16_t>(type);
  take(peer, queue, type, letter);
  peer.received(receiving, letter.text, static_cast<unsigned>(letter.type - 1));
}

void receive_all(Peer& peer, std::atomic<int>& queue) {
  queue = peer.must("msgget", msgget(IPC_PRIVATE, 0600));
  take_along(queue_to_remove, queue);
  peer.worker.meet(queue_is_there, 2);
  peer.force(messages_are_there, 2);
  for (int type : {2, 1, 1}) receive(peer, queue, type);
  msgctl(queue, IPC_RMID, nullptr);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  auto& queue = peer.shared<std::atomic<int>>();
  if (peer.is("receiver")) return receive_all(peer, queue), peer.done();
  peer.worker.meet(queue_is_there, 2);
  send_all(peer, queue);
  peer.force(messages_are_there, 2);
  return peer.done();
}
