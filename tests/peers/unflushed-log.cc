// A log says "on disk" when the record is in stdio's buffer: a SIGKILL takes the buffer along.
#include "tests/peers/peer.h"

#include <unistd.h>

#include <array>
#include <cstdio>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 64, records = 20;

/// The scenario kills this process before its last record.
void write_log(Peer& peer, const char* path) {
  std::FILE* log = std::fopen(path, "we");
  if (log == nullptr) peer.give_up("fopen");
  for (std::uint32_t i = 1; i <= records; ++i) {
    const Tag tag = peer.make(i, size);
    const std::vector<std::byte> bytes = Peer::message(tag);
    Operation& persisting = peer.worker.begin(Call::persist, 0, tag.pack(), size);
    std::fwrite(bytes.data(), bytes.size(), 1, log);
    if (peer.fixed()) std::fflush(log);
    peer.worker.finish(persisting, Status::ok);
  }
  std::fclose(log);
}

void recover(Peer& peer, const char* path) {
  std::FILE* log = std::fopen(path, "re");
  if (log == nullptr) peer.give_up("fopen");
  std::array<std::byte, size> record;
  for (;;) {
    Operation& recovering = peer.worker.begin(Call::recover, 0, 0);
    if (std::fread(record.data(), record.size(), 1, log) == 1) {
      peer.received(recovering, record);
    } else {
      peer.worker.finish(recovering, Status::end);
      break;
    }
  }
  std::fclose(log);
  unlink(path);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  const char* path = peer.words().at(1).c_str();
  peer.is("writer") ? write_log(peer, path) : recover(peer, path);
  return peer.done();
}
