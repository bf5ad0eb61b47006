// A handler of SIGCHLD waits for children until waitpid fails, and leaves its errno behind: a read that it
// interrupts between the call and the test has failed with ECHILD, and the program gives up (dbus 3d538ced).
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64;
constexpr unsigned found_empty = 0;

bool keeps_errno = false;
volatile sig_atomic_t reaped = 0;

void reap(int) {
  const int before = errno;
  while (waitpid(-1, nullptr, WNOHANG) > 0) reaped = reaped + 1;
  if (keeps_errno) errno = before;
}

/// A child that exits when the end of the pipe comes.
class Child {
 public:
  explicit Child(const Peer& peer) {
    peer.must("pipe2", pipe2(life_.data(), O_CLOEXEC));
    if (peer.must("fork", fork()) == 0) live();
    close(life_[0]);
  }
  void let_exit() { close(life_[1]); }

 private:
  [[noreturn]] void live() {
    std::byte scratch;
    close(life_[1]);
    static_cast<void>(!read(life_[0], &scratch, 1));
    _exit(0);
  }
  std::array<int, 2> life_;
};

/// Returns when the handler has run. Leaves errno alone.
void exit_now(Child& child) {
  child.let_exit();
  while (reaped == 0) sched_yield();
}

void receive(Peer& peer, Child& child) {
  std::array<std::byte, size> bytes;
  if (!peer.forces()) child.let_exit();
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  const bool failed = read(peer.receiving(), bytes.data(), bytes.size()) < 0;
  if (peer.forces()) exit_now(child);
  const int error = errno;
  peer.force(found_empty, 2);
  errno = error;
  if (failed && error != EAGAIN) peer.give_up("read");
  wait_for(peer.receiving(), POLLIN);
  read_all(peer.receiving(), bytes);
  peer.received(receiving, bytes);
  close(peer.receiving());
}

void send(Peer& peer) {
  signal(SIGPIPE, SIG_IGN);
  peer.force(found_empty, 2);
  const Tag tag = peer.make(1, size);
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  const bool sent = write_all(peer.sending(), Peer::message(tag)) > 0;
  peer.worker.finish(sending, sent ? Status::ok : Status::fail, sent ? 0 : EPIPE);
  close(peer.sending());
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  if (peer.is("client")) return send(peer), peer.done();
  keeps_errno = peer.fixed();
  signal(SIGCHLD, reap);
  peer.must("fcntl", fcntl(peer.receiving(), F_SETFL, O_NONBLOCK));
  Child child(peer);
  receive(peer, child);
  while (reaped == 0) sched_yield();
  return peer.done();
}
