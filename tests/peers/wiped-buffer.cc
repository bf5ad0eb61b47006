// A sender saves a copy with vmsplice() and wipes its buffer before anybody has read: the pipe holds the
// page, not what was in it.
#include "harness/worker/message.h"
#include "tests/peers/peer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 4096, header = 8;
constexpr unsigned wiped = 0;

void send_secret(Peer& peer) {
  void* page = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) peer.give_up("mmap");
  const std::span buffer(static_cast<std::byte*>(page), size);
  const Tag tag = peer.make(1, size);
  squall::worker::write_message(tag, buffer);

  Operation& sending = peer.worker.begin(Call::send, 0, tag.pack(), size);
  const iovec piece{buffer.data(), buffer.size()};
  peer.fixed() ? peer.must("writev", writev(peer.sending(), &piece, 1))
               : peer.must("vmsplice", vmsplice(peer.sending(), &piece, 1, 0));
  peer.worker.finish(sending, Status::ok);

  std::ranges::fill(buffer.subspan(header), std::byte{0});
  peer.force(wiped, 2);
  close(peer.sending());
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  if (peer.is("sender")) return send_secret(peer), peer.done();
  peer.force(wiped, 2);
  peer.receive_all(peer.receiving(), size);
  close(peer.receiving());
  return peer.done();
}
