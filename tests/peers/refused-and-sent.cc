// A sending library says "try again" and keeps the message all the same: what the caller gave up arrives
// later.
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <deque>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 512, tries = 200;  ///< more than a pipe holds
constexpr unsigned full = 0;

class Library {
 public:
  Library(int pipe, bool fixed) : pipe_(pipe), fixed_(fixed) { fcntl(pipe, F_SETFL, O_NONBLOCK); }

  /// False: it was not sent, says the manual.
  bool send(const std::vector<std::byte>& bytes) {
    if (outbox_.empty() && write(pipe_, bytes.data(), bytes.size()) >= 0) return true;
    if (!fixed_) outbox_.push_back(bytes);
    return false;
  }

  void flush() {
    for (; !outbox_.empty(); outbox_.pop_front())
      while (write(pipe_, outbox_.front().data(), outbox_.front().size()) < 0 && errno == EAGAIN) wait();
  }

 private:
  void wait() const {
    pollfd room{pipe_, POLLOUT, 0};
    poll(&room, 1, -1);
  }

  int pipe_;
  bool fixed_;
  std::deque<std::vector<std::byte>> outbox_;
};

void send_until_refused(Peer& peer) {
  Library library(peer.sending(), peer.fixed());
  bool accepted = true;
  for (std::uint32_t i = 1; i <= tries && accepted; ++i) {
    const Tag tag = peer.make(i, size);
    Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
    accepted = library.send(Peer::message(tag));
    peer.worker.finish(sending, accepted ? Status::ok : Status::fail, accepted ? 0 : EAGAIN);
  }
  peer.force(full, 2);
  library.flush();
  close(peer.sending());
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  if (peer.is("writer")) return send_until_refused(peer), peer.done();
  peer.force(full, 2);
  peer.receive_all(peer.receiving(), size);
  close(peer.receiving());
  return peer.done();
}
