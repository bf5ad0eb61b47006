// O_NONBLOCK belongs to the open file description: one process sets it, and another one that shares the
// description gets EAGAIN, takes it for fatal, writes no more and exits with status 0 (ClickHouse #108078,
// GNU make).
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

using namespace squall::peers;

namespace {

constexpr std::uint32_t messages = 300, size = 512;  ///< more than a pipe holds; each write is atomic
constexpr unsigned is_set = 0, full = 1;

void wait_for_room(int pipe) {
  pollfd room{pipe, POLLOUT, 0};
  poll(&room, 1, -1);
}

class Output {
 public:
  explicit Output(Peer& peer) : peer_(peer) {}

  void write(Tag tag) {
    const std::vector<std::byte> bytes = Peer::message(tag);
    Operation& sending = peer_.worker.begin(Call::send, 0, tag.pack(), size);
    while (!failed_ && ::write(peer_.sending(), bytes.data(), bytes.size()) < 0) on_error();
    peer_.worker.finish(sending, Status::ok);
  }

 private:
  void on_error() {
    if (errno != EAGAIN) peer_.give_up("write");
    if (!std::exchange(was_full_, true)) peer_.force(full, 2);
    if (peer_.fixed())
      wait_for_room(peer_.sending());
    else
      failed_ = true;
  }

  Peer& peer_;
  bool was_full_ = false, failed_ = false;
};

void write_all(Peer& peer) {
  Output output(peer);
  peer.force(is_set, 2);
  for (std::uint32_t i = 1; i <= messages; ++i) output.write(peer.make(i, size));
  close(peer.sending());
}

void set_nonblocking(Peer& peer) {
  peer.must("fcntl", fcntl(peer.sending(), F_SETFL, O_NONBLOCK));
  close(peer.sending());
  peer.force(is_set, 2);
}

void receive_all(Peer& peer) {
  peer.force(full, 2);
  peer.receive_all(peer.receiving(), size);
  close(peer.receiving());
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  if (peer.is("reader"))
    receive_all(peer);
  else
    peer.index() == 0 ? write_all(peer) : set_nonblocking(peer);
  return peer.done();
}
