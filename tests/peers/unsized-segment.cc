// A process opens the segment between its maker's shm_open() and ftruncate(), maps nothing, and touches it
// (UnifyFS #59).
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace squall::peers;

namespace {

constexpr std::size_t size = 4096;
constexpr unsigned made = 0;

/// The other process says that it has looked at the segment, or is dead.
void wait_for_sign(const Peer& peer) {
  pollfd sign{peer.receiving(), POLLIN, 0};
  retried([&] { return poll(&sign, 1, -1); });
}

void make(Peer& peer, const char* name) {
  const int segment = peer.must("shm_open", shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  peer.worker.meet(made, 2);
  if (peer.forces()) wait_for_sign(peer);
  peer.must("ftruncate", ftruncate(segment, size));
  wait_for_sign(peer);
  shm_unlink(name);
  close(segment);
}

std::size_t size_of(const Peer& peer, int segment) {
  struct stat status {};
  peer.must("fstat", fstat(segment, &status));
  return static_cast<std::size_t>(status.st_size);
}

void attach(Peer& peer, const char* name) {
  peer.worker.meet(made, 2);
  const int segment = peer.must("shm_open", shm_open(name, O_RDWR | O_CLOEXEC, 0));
  void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, segment, 0);
  if (mapped == MAP_FAILED) peer.give_up("mmap");
  if (peer.fixed())
    for (close(peer.sending()); size_of(peer, segment) < size;) sched_yield();
  *static_cast<volatile char*>(mapped) = 1;
  if (!peer.fixed()) close(peer.sending());
  close(segment);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  const char* name = peer.words().at(1).c_str();
  if (peer.is("maker")) {
    make(peer, name);
    close(peer.receiving());
  } else {
    attach(peer, name);
  }
  return peer.done();
}
