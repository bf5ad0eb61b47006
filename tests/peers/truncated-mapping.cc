// A client truncates the file of which a server has mapped what it was given: the server dies of SIGBUS
// (libwayland 20fd3b3). The correct twin copies with pread, which comes back short.
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

using namespace squall::peers;

namespace {

constexpr std::size_t size = 4096;
constexpr unsigned given = 0, mapped = 1, truncated = 2;

void give_and_truncate(Peer& peer, const char* name) {
  const int picture = peer.must("shm_open", shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  peer.must("ftruncate", ftruncate(picture, size));
  peer.worker.meet(given, 2);
  peer.worker.meet(mapped, 2);
  peer.must("ftruncate", ftruncate(picture, 0));
  shm_unlink(name);
  close(picture);
  peer.force(truncated, 2);
}

void draw(const Peer& peer, int picture, const volatile char* pixels) {
  std::array<char, size> row;
  if (peer.fixed())
    peer.must("pread", pread(picture, row.data(), row.size(), 0));
  else
    row[0] = pixels[0];
}

void serve(Peer& peer, const char* name) {
  peer.worker.meet(given, 2);
  const int picture = peer.must("shm_open", shm_open(name, O_RDONLY | O_CLOEXEC, 0));
  void* pixels = mmap(nullptr, size, PROT_READ, MAP_SHARED, picture, 0);
  if (pixels == MAP_FAILED) peer.give_up("mmap");
  peer.worker.meet(mapped, 2);
  peer.force(truncated, 2);
  sched_yield();  // it has other clients, too
  draw(peer, picture, static_cast<const volatile char*>(pixels));
  close(picture);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  const char* name = peer.words().at(1).c_str();
  peer.is("client") ? give_and_truncate(peer, name) : serve(peer, name);
  return peer.done();
}
