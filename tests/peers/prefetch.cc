// A consumer takes two messages of a priority queue at a time: the urgent one waits behind what was fetched
// ahead.
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <mqueue.h>

#include <array>
#include <deque>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, ordinary = 3;
constexpr unsigned urgent = 5, are_there = 0, first_is_done = 1, urgent_is_there = 2;

void send(Peer& peer, mqd_t queue, std::uint32_t sequence, unsigned priority) {
  const Tag tag = peer.make(sequence, size);
  const std::vector<std::byte> bytes = Peer::message(tag);
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size, priority);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  peer.must("mq_send", retried([&] { return mq_send(queue, text, bytes.size(), priority); }));
  peer.worker.finish(sending, Status::ok);
}

void send_all(Peer& peer, mqd_t queue) {
  for (std::uint32_t i = 1; i <= ordinary; ++i) send(peer, queue, i, 0);
  peer.force(are_there, 2);
  peer.force(first_is_done, 2);
  send(peer, queue, ordinary + 1, urgent);
  peer.force(urgent_is_there, 2);
}

struct Message {
  std::array<std::byte, size> bytes;
  unsigned priority;
};

Message take(Peer& peer, mqd_t queue) {
  Message taken;
  auto* text = reinterpret_cast<char*>(taken.bytes.data());
  peer.must("mq_receive", retried([&] { return mq_receive(queue, text, size, &taken.priority); }));
  return taken;
}

void consume(Peer& peer, mqd_t queue) {
  const std::size_t ahead = peer.fixed() ? 1 : 2;
  std::deque<Message> fetched;
  peer.force(are_there, 2);
  for (std::uint32_t left = ordinary + 1; left > 0; --left) {
    Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
    while (fetched.empty() || (fetched.size() < ahead && left == ordinary + 1))
      fetched.push_back(take(peer, queue));
    peer.received(receiving, fetched.front().bytes, fetched.front().priority);
    fetched.pop_front();
    if (left == ordinary + 1) peer.force(first_is_done, 2);
    if (left == ordinary + 1) peer.force(urgent_is_there, 2);
  }
  peer.ended();
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  const std::string name = "/" + peer.worker.plan().channels.front().options.name;
  const mqd_t queue = peer.must("mq_open", mq_open(name.c_str(), O_RDWR | O_CLOEXEC));
  peer.is("sender") ? send_all(peer, queue) : consume(peer, queue);
  mq_close(queue);
  return peer.done();
}
