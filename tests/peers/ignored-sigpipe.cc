// A program that ignores SIGPIPE starts another one, which inherits that: nothing ends it when its reader has
// gone, and its parent waits for it (make SV 63248, dbus 90f939f1).
#include "tests/peers/peer.h"
#include "tests/peers/put_away.h"

#include <fcntl.h>
#include <spawn.h>

#include <array>

using namespace squall::peers;

namespace {

const char* const endless_output = "exec 2>/dev/null; while :; do echo y; done";

/// What a child is started with: SIGPIPE as it was meant to be, in the correct twin.
class Attributes {
 public:
  explicit Attributes(bool fixed) {
    posix_spawnattr_init(&attributes_);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setflags(&attributes_, fixed ? POSIX_SPAWN_SETSIGDEF : 0);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

pid_t start(const Peer& peer, int output) {
  std::array<char*, 4> words{const_cast<char*>("sh"), const_cast<char*>("-c"),
                             const_cast<char*>(endless_output), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  const Attributes attributes(peer.fixed());
  pid_t child = -1;
  const int error = posix_spawn(&child, "/bin/sh", &actions, attributes.get(), words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? child : -1;
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> pipe;
  peer.must("pipe2", pipe2(pipe.data(), O_CLOEXEC));
  const pid_t child = peer.must("posix_spawn", start(peer, pipe[1]));
  take_along(helper_to_end, child);
  std::array<std::byte, 2> line;
  read_all(pipe[0], line);
  for (int end : pipe) close(end);
  peer.must("waitpid", retried([&] { return waitpid(child, nullptr, 0); }));
  return peer.done();
}
