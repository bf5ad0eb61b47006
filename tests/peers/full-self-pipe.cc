// A handler wakes its main loop through a pipe that makes it wait: once the loop has been busy for as many
// signals as the pipe holds, the handler itself waits for ever (zguide PR 812, signal-hook #38).
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

using namespace squall::peers;

namespace {

std::array<int, 2> wake;

void on_signal(int) {
  const int before = errno;
  static_cast<void>(!write(wake[1], "", 1));
  errno = before;
}

/// As small as a pipe gets. How many wakes it holds.
int make_wake_pipe(const Peer& peer) {
  peer.must("pipe2", pipe2(wake.data(), O_CLOEXEC));
  if (peer.fixed()) peer.must("fcntl", fcntl(wake[1], F_SETFL, O_NONBLOCK));
  return peer.must("fcntl", fcntl(wake[1], F_SETPIPE_SZ, 1));
}

void drain() {
  std::array<std::byte, 4096> scratch;
  fcntl(wake[0], F_SETFL, O_NONBLOCK);
  while (read(wake[0], scratch.data(), scratch.size()) > 0) {
  }
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  const int room = make_wake_pipe(peer);
  signal(SIGUSR1, on_signal);
  for (int i = 0; i <= room; ++i) raise(SIGUSR1);
  drain();
  for (int end : wake) close(end);
  return peer.done();
}
