// Two processes write records to one pipe through stdio: a buffer is flushed when it is full, in the middle
// of a record, and another record comes in between (userver #1217).
#include "tests/peers/peer.h"

#include <unistd.h>

#include <array>
#include <cstdio>

using namespace squall::peers;

namespace {

constexpr std::uint32_t size = 1500, records = 3;  ///< the third does not fit into the buffer
constexpr unsigned half_way = 0, come_between = 1;

class Log {
 public:
  explicit Log(Peer& peer) : peer_(peer), file_(fdopen(peer.sending(), "w")) {
    setvbuf(file_, buffer_.data(), _IOFBF, buffer_.size());
  }
  void write(std::uint32_t sequence) {
    const Tag tag = peer_.make(sequence, size);
    const std::vector<std::byte> bytes = Peer::message(tag);
    Operation& sending = peer_.worker.begin(Call::send, 0, tag.pack(), size);
    std::fwrite(bytes.data(), 1, bytes.size(), file_);
    if (peer_.fixed()) std::fflush(file_);
    peer_.worker.finish(sending, Status::ok);
  }
  void close() { std::fclose(file_); }

 private:
  Peer& peer_;
  std::FILE* file_;
  std::array<char, 4096> buffer_;
};

void write_three(Peer& peer) {
  Log log(peer);
  for (std::uint32_t i = 1; i <= records; ++i) log.write(i);
  peer.force(half_way, 2);
  peer.force(come_between, 2);
  log.close();
}

void write_meanwhile(Peer& peer) {
  Log log(peer);
  peer.force(half_way, 2);
  log.write(1);
  log.close();
  peer.force(come_between, 2);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words);
  if (peer.is("reader")) {
    peer.receive_all(peer.receiving(), size);
    close(peer.receiving());
  } else {
    peer.index() == 0 ? write_three(peer) : write_meanwhile(peer);
  }
  return peer.done();
}
