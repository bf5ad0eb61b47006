// A process locks a file with fcntl() and then, elsewhere, opens and closes the same file to look something
// up. The close drops the lock: record locks belong to process and file, not to a descriptor (fcntl(2)).
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

using namespace squall::peers;

namespace {

constexpr unsigned is_open = 0, has_looked_up = 1, other_has_tried = 2;

int lock_file(int file, int command, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return fcntl(file, command, &lock);
}

bool acquire(Peer& peer, int file, int command) {
  Operation& acquiring = peer.worker.begin(Call::acquire, 0, 0);
  const bool taken = lock_file(file, command, F_WRLCK) == 0;
  peer.worker.finish(acquiring, taken ? Status::ok : Status::fail, taken ? 0 : errno);
  return taken;
}

void release(Peer& peer, int file) {
  Operation& releasing = peer.worker.begin(Call::release, 0, 0);
  peer.must("fcntl", lock_file(file, F_SETLK, F_UNLCK));
  peer.worker.finish(releasing, Status::ok);
}

void look_up(Peer& peer, int file, const char* path) {
  char setting = 0;
  const int reading = peer.fixed() ? file : open(path, O_RDONLY | O_CLOEXEC);
  peer.must("pread", pread(reading, &setting, 1, 0));
  if (reading != file) close(reading);
}

void change(Peer& peer, int file) { peer.must("pwrite", pwrite(file, "1", 1, 0)); }

void hold(Peer& peer, int file, const char* path) {
  acquire(peer, file, F_SETLKW);
  look_up(peer, file, path);
  peer.force(has_looked_up, 2);
  peer.force(other_has_tried, 2);
  change(peer, file);
  release(peer, file);
  unlink(path);
}

void try_and_wait(Peer& peer, int file) {
  peer.force(has_looked_up, 2);
  const bool taken = acquire(peer, file, F_SETLK);
  peer.force(other_has_tried, 2);
  if (!taken) acquire(peer, file, F_SETLKW);
  change(peer, file);
  release(peer, file);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  const char* path = peer.words().at(1).c_str();
  const int file = peer.must("open", open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  peer.worker.meet(is_open, 2);
  peer.is("holder") ? hold(peer, file, path) : try_and_wait(peer, file);
  close(file);
  return peer.done();
}
