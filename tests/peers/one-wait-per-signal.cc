// A handler of SIGCHLD waits for one child: the signals of three exits are one signal, and two children are
// never reaped (systemd #2961, catatonit #4).
#include "tests/peers/peer.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

using namespace squall::peers;

namespace {

constexpr int children = 3;

bool all_there_are = false;
volatile sig_atomic_t reaped = 0;

void reap(int) {
  const int before = errno;
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
    reaped = reaped + 1;
    if (!all_there_are) break;
  }
  errno = before;
}

sigset_t block(int signal) {
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, &before);
  return before;
}

void start_child_and_see_it_exit(const Peer& peer) {
  const pid_t child = peer.must("fork", fork());
  if (child == 0) _exit(0);
  siginfo_t exited;
  peer.must("waitid",
            retried([&] { return waitid(P_PID, static_cast<id_t>(child), &exited, WEXITED | WNOWAIT); }));
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  all_there_are = peer.fixed();
  signal(SIGCHLD, reap);
  const sigset_t before = block(SIGCHLD);
  for (int i = 0; i < children; ++i) start_child_and_see_it_exit(peer);
  while (reaped < children) sigsuspend(&before);
  return peer.done();
}
