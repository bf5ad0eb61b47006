// A sender that hears no acknowledgement in time sends again, and a receiver takes both copies: the message
// had arrived, only its acknowledgement was late.
#include "tests/peers/peer.h"

#include <unistd.h>

#include <array>

using namespace squall::peers;

namespace {

constexpr std::uint32_t messages = 5, late = 3, size = 64;
constexpr unsigned work = 0, acknowledgements = 1, timed_out = 0;
constexpr int patience_ms = 10;

std::span<std::byte> bytes_of(std::uint32_t& word) { return std::as_writable_bytes(std::span(&word, 1)); }

/// Stale ones are passed over. False: none came in time.
bool is_acknowledged(Peer& peer, std::uint32_t sequence) {
  const int from = peer.receiving(acknowledgements);
  for (std::uint32_t heard = 0; heard != sequence;) {
    if (wait_for(from, POLLIN, patience_ms) == 0) return false;
    read_all(from, bytes_of(heard));
  }
  return true;
}

void send(Peer& peer, std::uint32_t sequence) {
  const Tag tag = peer.make(sequence, size);
  Operation& sending = peer.worker.begin(Call::send, work, tag.pack(), size);
  for (bool told = false;; told = true) {
    write_all(peer.sending(work), Peer::message(tag));
    if (is_acknowledged(peer, sequence)) break;
    if (sequence == late && !told) peer.worker.meet(timed_out, 2);
  }
  peer.worker.finish(sending, Status::ok);
}

void send_all(Peer& peer) {
  for (std::uint32_t i = 1; i <= messages; ++i) send(peer, i);
  close(peer.sending(work));
  for (std::uint32_t stale = 0; read_all(peer.receiving(acknowledgements), bytes_of(stale)) > 0;) {
  }
  close(peer.receiving(acknowledgements));
}

void receive_all(Peer& peer) {
  std::array<std::byte, size> bytes;
  std::uint32_t newest = 0;
  while (read_all(peer.receiving(work), bytes) > 0) {
    std::uint32_t sequence = Tag::unpack(*reinterpret_cast<std::uint64_t*>(bytes.data())).sequence;
    const bool seen = sequence <= newest;
    if (!peer.fixed() || !seen) peer.received(peer.worker.begin(Call::receive, work, 0), bytes);
    if (sequence == late && !seen) peer.worker.meet(timed_out, 2);
    newest = sequence;
    write_all(peer.sending(acknowledgements), bytes_of(sequence));
  }
  peer.ended(Call::receive, work);
  close(peer.receiving(work));
  close(peer.sending(acknowledgements));
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  peer.is("sender") ? send_all(peer) : receive_all(peer);
  return peer.done();
}
