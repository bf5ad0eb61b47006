// A program starts a helper and ends without ending it.
#include "tests/peers/peer.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace squall::peers;

int main(int count, char** words) {
  Peer peer(count, words);
  const pid_t helper = peer.must("fork", fork());
  if (helper == 0)
    for (;;) pause();
  if (peer.fixed()) {
    kill(helper, SIGKILL);
    retried([&] { return waitpid(helper, nullptr, 0); });
  }
  return peer.done();
}
