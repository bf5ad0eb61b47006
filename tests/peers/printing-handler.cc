// A handler prints, and comes while the main program is inside stdio itself (CVE-2024-6387, CVE-2006-5051: a
// handler that logs). The correct twin writes.
#include "tests/peers/peer.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64;
constexpr unsigned listening = 0, server_number = 1;
constexpr std::string_view line = "reloading\n";

bool writes = false;

void on_signal(int) {
  const int before = errno;
  if (writes)
    static_cast<void>(!write(STDERR_FILENO, line.data(), line.size()));
  else
    std::fprintf(stderr, "%s", line.data());
  errno = before;
}

/// Of a signal with a handler that does not restart it, stdio makes an error of the stream.
void read_whole(std::FILE* from, std::span<std::byte> bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    clearerr(from);
    done += std::fread(bytes.data() + done, 1, bytes.size() - done, from);
    if (std::feof(from) != 0 || (std::ferror(from) != 0 && errno != EINTR)) return;
  }
}

void read_through_stdio(Peer& peer) {
  writes = peer.fixed();
  signal(SIGUSR1, on_signal);
  std::FILE* requests = fdopen(peer.receiving(), "r");
  peer.worker.meet(listening, 2);
  std::array<std::byte, size> bytes;
  Operation& receiving = peer.worker.begin(Call::receive, 0, 0);
  read_whole(requests, bytes);
  peer.received(receiving, bytes);
  std::fclose(requests);
}

/// The server may be asleep inside fread().
void interrupt_and_send(Peer& peer) {
  peer.worker.meet(listening, 2);
  peer.force_asleep(server_number);
  peer.must("kill", kill(peer.worker.pid_of(server_number), SIGUSR1));
  const Tag tag = peer.make(1, size);
  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  write_all(peer.sending(), Peer::message(tag));
  peer.worker.finish(sending, Status::ok);
  close(peer.sending());
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("client") ? interrupt_and_send(peer) : read_through_stdio(peer);
  return peer.done();
}
