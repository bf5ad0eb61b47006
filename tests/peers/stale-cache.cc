// A reader keeps what it has read once, and nobody tells it that the value has changed.
#include "tests/peers/peer.h"

#include <sched.h>

#include <atomic>
#include <optional>

using namespace squall::peers;

namespace {

constexpr unsigned first_is_written = 0, first_is_read = 1, second_is_written = 2;
using Register = std::atomic<std::uint64_t>;

void write(Peer& peer, Register& value, std::uint64_t next) {
  Operation& writing = peer.worker.begin(Call::write, 0, next);
  value = next;
  peer.worker.finish(writing, Status::ok);
}

class Cached {
 public:
  explicit Cached(Register& value, bool fixed) : value_(value), fixed_(fixed) {}
  std::uint64_t read() {
    if (!cache_ || fixed_) cache_ = value_;
    return *cache_;
  }

 private:
  Register& value_;
  bool fixed_;
  std::optional<std::uint64_t> cache_;
};

void read(Peer& peer, Cached& cached) {
  Operation& reading = peer.worker.begin(Call::read, 0, 0);
  reading.value = cached.read();
  peer.worker.finish(reading, Status::ok);
}

void write_twice(Peer& peer, Register& value) {
  write(peer, value, 1);
  peer.force(first_is_written, 2);
  peer.force(first_is_read, 2);
  write(peer, value, 2);
  peer.force(second_is_written, 2);
}

void read_twice(Peer& peer, Register& value) {
  Cached cached(value, peer.fixed());
  peer.force(first_is_written, 2);
  read(peer, cached);
  peer.force(first_is_read, 2);
  peer.force(second_is_written, 2);
  sched_yield();
  read(peer, cached);
}

}  // namespace

int main(int count, char** words) {
  Peer peer(count, words, true);
  Register& value = peer.shared<Register>();
  peer.is("writer") ? write_twice(peer, value) : read_twice(peer, value);
  return peer.done();
}
