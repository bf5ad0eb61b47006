// What the broken programs share: their place in the case, their ends of the channels, a record of what they
// do.
//
// Each program in this folder has one bug from real life; `--fixed` chooses the correct twin, and the
// difference is one place in the code. They use the kernel directly; the worker library only records, and
// makes them meet: where one needs what another has made, and where a race is to be forced. Waits are bounded
// by the worker's patience, or by the case's deadline.
#pragma once

#include "harness/worker/worker.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace squall::peers {

using history::Call;
using history::Operation;
using history::Status;
using history::Tag;

class Peer {
 public:
  /// `memory`: maps the channels' shared memory. Otherwise the ends stay what they are: descriptors and
  /// addresses.
  Peer(int count, char** words, bool memory = false);

  worker::Worker worker;

  bool fixed() const { return fixed_; }
  bool is(std::string_view role) const { return worker.self().is.role == role; }
  unsigned index() const { return worker.self().index; }
  /// The words of the command line without --fixed, the program's name first.
  const std::vector<std::string>& words() const { return words_; }

  /// For races: the live engine makes one happen for certain, by having these processes meet in the middle of
  /// it. Where the schedules are searched, whoever searches has to find it, and nobody meets.
  bool forces() const { return !worker.plan().searched; }
  void force(unsigned meeting, unsigned count) {
    if (forces()) worker.meet(meeting, count);
  }
  /// The same, for a race in which that process is asleep in a system call.
  void force_asleep(unsigned process) const {
    if (forces()) worker.wait_until_asleep(process);
  }

  /// What this process inherited of a channel; the caller closes it.
  int sending(unsigned channel = 0) const { return descriptor(channel, ipc::Side::sender); }
  int receiving(unsigned channel = 0) const { return descriptor(channel, ipc::Side::receiver); }
  /// The bytes of a channel's shared memory, as an object of this type; all zero at first.
  template <class T>
  T& shared(unsigned channel = 0) {
    return *reinterpret_cast<T*>(worker.memory(channel).bytes().data());
  }

  Tag make(std::uint32_t sequence, std::uint32_t size) const;
  /// The message of a tag, as it travels.
  static std::vector<std::byte> message(Tag);
  /// Completes an operation that received, or recovered, these bytes.
  void received(Operation&, std::span<const std::byte>, unsigned priority = 0);
  /// Records that there is nothing more to come.
  void ended(Call = Call::receive, unsigned channel = 0);

  /// Receives messages of `size` bytes from a stream until it ends.
  void receive_all(int descriptor, std::uint32_t size, unsigned channel = 0);

  /// The end of every program: hands in the descriptor count. Returns the exit status.
  int done();

  /// Ends the program with status 1: a system call failed that never does.
  [[noreturn]] void give_up(const char* call) const;
  /// For calls that must not fail.
  template <class T>
  T must(const char* call, T result) const {
    if (result < T{}) give_up(call);
    return result;
  }

 private:
  int descriptor(unsigned channel, ipc::Side) const;

  worker::Placement placement_;
  std::vector<std::string> words_;
  bool fixed_ = false;
};

/// Makes the call again for as long as a signal interrupts it. Not for connect() and close().
template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// Waits until one of the events is there. 0: the time has passed.
int wait_for(int descriptor, short events, int patience_ms = -1);

/// A connect() that a signal interrupts goes on with TCP, and has to be begun anew with UNIX sockets.
int connect_fully(int socket, const sockaddr*, socklen_t);

/// Writes, or reads, all of it; reading stops at the end of the stream. EINTR is retried. The bytes moved, or
/// -1.
ssize_t write_all(int descriptor, std::span<const std::byte>);
ssize_t read_all(int descriptor, std::span<std::byte>);

}  // namespace squall::peers
