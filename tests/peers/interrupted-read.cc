// A reader with a ticking timer takes the EINTR of read() for the end of the stream (IPC::Run #177).
#include "tests/peers/peer.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>

using namespace squall::peers;

namespace {

constexpr std::uint32_t before = 5, after = 5, size = 64;
constexpr unsigned interrupted = 0, finished = 1;

void tick_every(int microseconds) {
  const itimerval ticking{{0, microseconds}, {0, microseconds}};
  setitimer(ITIMER_REAL, &ticking, nullptr);
}

void start_ticking() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigemptyset(&action.sa_mask);
  sigaction(SIGALRM, &action, nullptr);
  tick_every(1000);
}

void send_all(Peer& peer) {
  for (std::uint32_t i = 1; i <= before + after; ++i) {
    if (i == before + 1) peer.worker.meet(interrupted, 2);
    const Tag tag = peer.make(i, size);
    Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
    write_all(peer.sending(), Peer::message(tag));
    peer.worker.finish(sending, Status::ok);
  }
  close(peer.sending());
  peer.worker.meet(finished, 2);
}

void receive_all(Peer& peer) {
  std::array<std::byte, size> bytes;
  bool ticking = true;
  for (std::uint32_t have = 0;;) {
    Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
    if (have == before && ticking) start_ticking();
    const ssize_t count = read(peer.receiving(), bytes.data(), bytes.size());
    const bool was_interrupted = count < 0 && errno == EINTR;
    if (was_interrupted && ticking) {
      tick_every(0);
      ticking = false;
      peer.worker.meet(interrupted, 2);
    }
    if (count > 0) ++have;
    if (count > 0)
      peer.received(receiving, bytes);
    else if (was_interrupted && peer.fixed())
      peer.worker.finish(receiving, Status::fail, EINTR);
    else
      return peer.worker.finish(receiving, Status::end);
  }
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  if (peer.is("writer")) return send_all(peer), peer.done();
  receive_all(peer);
  peer.worker.meet(finished, 2);
  close(peer.receiving());
  return peer.done();
}
