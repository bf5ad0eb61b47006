// A server clears its path before it binds: a second one steals the path of a first that is alive (iceoryx
// #113). The correct twin touches the path only while it has the lock beside it.
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

using namespace squall::peers;

namespace {

constexpr unsigned first_has_tried = 0, second_has_tried = 1;

/// -1: somebody else has come in between.
int bind_to(const Peer& peer, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int socket = peer.must("socket", ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  unlink(path.c_str());
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno != EADDRINUSE) peer.give_up("bind");
    close(socket);
    return -1;
  }
  peer.must("listen", listen(socket, 1));
  return socket;
}

/// False: another server has it.
bool lock(const Peer& peer, int& file, const std::string& path) {
  file = peer.must("open", open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  return flock(file, LOCK_EX | LOCK_NB) == 0;
}

/// Owning the path is holding a lock. The socket, or -1.
int take(Peer& peer, const std::string& path, int& guard) {
  Operation& acquiring = peer.worker.begin(Call::acquire, 0, 0);
  const bool free = !peer.fixed() || lock(peer, guard, path + ".lock");
  const int socket = free ? bind_to(peer, path) : -1;
  const bool taken = socket >= 0;
  peer.worker.finish(acquiring, taken ? Status::ok : Status::fail, taken ? 0 : EADDRINUSE);
  return socket;
}

/// Nobody asks for anything.
void serve(int socket) {
  if (socket >= 0) wait_for(socket, POLLIN, 0);
}

void give_back(Peer& peer, const std::string& path, int socket) {
  Operation& releasing = peer.worker.begin(Call::release, 0, 0);
  unlink(path.c_str());
  if (peer.fixed()) unlink((path + ".lock").c_str());
  close(socket);
  peer.worker.finish(releasing, Status::ok);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  const std::string path = peer.words().at(1);
  int guard = -1;
  if (peer.index() == 1) peer.force(first_has_tried, 2);
  const int socket = take(peer, path, guard);
  if (peer.index() == 0) peer.force(first_has_tried, 2);
  peer.force(second_has_tried, 2);
  serve(socket);
  if (socket >= 0) give_back(peer, path, socket);
  if (guard >= 0) close(guard);
  return peer.done();
}
