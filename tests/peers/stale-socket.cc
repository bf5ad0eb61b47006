// A killed server leaves its socket's path behind, and the next one cannot bind: EADDRINUSE. The correct twin
// clears the path once it has the lock beside it, which dies with its owner.
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

using namespace squall::peers;

namespace {

int lock(const Peer& peer, const std::string& path) {
  const int file = peer.must("open", open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  peer.must("flock", flock(file, LOCK_EX | LOCK_NB));
  return file;
}

int bind_to(const Peer& peer, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int socket = peer.must("socket", ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (peer.fixed()) unlink(path.c_str());
  peer.must("bind", bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  peer.must("listen", listen(socket, 1));
  return socket;
}

}  // namespace

/// The scenario kills the first server as it is about to let go of the path.
int main(int count, char** words) {
  Peer peer(count, words, true);
  const std::string path = peer.words().at(1), guard_path = path + ".lock";
  Operation& acquiring = peer.worker.begin(Call::acquire, 0, 0);
  const int guard = peer.fixed() ? lock(peer, guard_path) : -1;
  const int socket = bind_to(peer, path);
  peer.worker.finish(acquiring, Status::ok);
  Operation& releasing = peer.worker.begin(Call::release, 0, 0);
  unlink(path.c_str());
  if (peer.fixed()) unlink(guard_path.c_str());
  close(socket);
  if (guard >= 0) close(guard);
  peer.worker.finish(releasing, Status::ok);
  return peer.done();
}
