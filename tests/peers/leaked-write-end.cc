// Between pipe() and FD_CLOEXEC another thread starts a program: it inherits the write end, and the end of
// the stream never comes (cadical PR 120, make SV 58232). The correct twin lets pipe2() do both at once.
#include "tests/peers/peer.h"
#include "tests/peers/put_away.h"

#include <fcntl.h>
#include <spawn.h>

#include <array>
#include <thread>

using namespace squall::peers;

namespace {

struct Pipe {
  int reading, writing;
};

Pipe make_pipe(const Peer& peer, int flags) {
  std::array<int, 2> ends;
  peer.must("pipe2", pipe2(ends.data(), flags));
  return {ends[0], ends[1]};
}

void close_on_exec(int descriptor) { fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

/// A program that lives until its standard input ends.
pid_t start_helper(int input) {
  std::array<char*, 2> words{const_cast<char*>("cat"), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  pid_t helper = -1;
  const int error = posix_spawnp(&helper, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? helper : -1;
}

void read_to_the_end(Pipe pipe) {
  std::array<std::byte, 64> bytes{};
  write_all(pipe.writing, bytes);
  close(pipe.writing);
  while (read_all(pipe.reading, bytes) > 0) {
  }
  close(pipe.reading);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  const Pipe life = make_pipe(peer, O_CLOEXEC);
  const Pipe pipe = make_pipe(peer, peer.fixed() ? O_CLOEXEC : 0);
  pid_t helper = -1;
  std::thread([&] { helper = start_helper(life.reading); }).join();
  take_along(helper_to_end, peer.must("posix_spawnp", helper));
  close_on_exec(pipe.reading);
  close_on_exec(pipe.writing);
  read_to_the_end(pipe);
  close(life.writing);
  close(life.reading);
  retried([&] { return waitpid(helper, nullptr, 0); });
  return peer.done();
}
