// A program tests for EINTR and does not wait again: the failed waitpid leaves no status, and the failure of
// its child is taken for success (dbus fc600b6a).
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

using namespace squall::peers;

namespace {

constexpr int failure = 7;
constexpr int patience_ms = 1000;  ///< of the child, with an interruption that does not come

/// Its end lets the child go on.
std::array<int, 2> leave;

[[noreturn]] void fail_when_let_go() {
  close(leave[1]);
  wait_for(leave[0], POLLIN, patience_ms);
  _exit(failure);
}

/// The child fails once the wait for it was interrupted, or its patience is at an end.
int result_of(const Peer& peer, pid_t child) {
  int status = 0;
  const bool interrupted = waitpid(child, &status, 0) < 0 && errno == EINTR;
  close(leave[1]);
  while (interrupted && peer.fixed() && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WEXITSTATUS(status);
}

void wait_for_everybody() {
  while (retried([] { return wait(nullptr); }) > 0) {
  }
}

}  // namespace

/// The scenario interrupts the wait. Ends as its child did.
int main(int count, char** words) {
  Peer peer(count, words);
  peer.must("pipe2", pipe2(leave.data(), O_CLOEXEC));
  const pid_t child = peer.must("fork", fork());
  if (child == 0) fail_when_let_go();
  const int result = result_of(peer, child);
  wait_for_everybody();
  close(leave[0]);
  peer.done();
  return result;
}
