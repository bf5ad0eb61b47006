// What the tests of ipc/ stand on: channels with unique names, child processes that cannot hang or outlive
// the test, shared counters to meet at. A child never runs an assertion: it returns an exit code.
#pragma once

#include "ipc/descriptor.h"
#include "ipc/transport.h"

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace squall::ipc::test {

inline constexpr std::uint64_t millisecond_ns = 1'000'000;
/// Longer than any wait of a healthy test.
inline constexpr std::uint64_t patience_ns = 20'000 * millisecond_ns;

std::uint64_t now_ns();
inline std::uint64_t in_ms(std::uint64_t ms) { return now_ns() + ms * millisecond_ns; }

/// The transports of this machine that have all of these and none of those.
std::vector<const Transport*> transports_with(Capabilities wanted, Capabilities unwanted = {});

/// An empty directory with a short name, removed with what is in it.
class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const std::string& path() const { return path_; }
  std::vector<std::string> entries() const;

 private:
  std::string path_;
};

/// One section's world: a directory, unique names in it, SIGPIPE ignored, and an alarm that kills a test that
/// hangs.
class World {
 public:
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ChannelOptions options() const;
  const Directory& directory() const { return directory_; }

 private:
  Directory directory_;
  std::string name_;
};

/// A forked process that returns an exit code from `body`. Killed and reaped on destruction.
class Child {
 public:
  explicit Child(const std::function<int()>& body);
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  pid_t pid() const { return pid_; }
  void kill(int signal) const;
  /// Exit code; 1000 + the signal that killed it; -1 if it has not ended in time.
  int wait();

 private:
  pid_t pid_;
};

/// Attaches in a forked child, which then lets go of the rest of the channel.
std::unique_ptr<Sender> sender_in_child(Channel& channel);
std::unique_ptr<Receiver> receiver_in_child(Channel& channel);

/// Atomic counters in memory that children share, zero at first.
class Counters {
 public:
  explicit Counters(std::size_t count);
  ~Counters();
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;
  std::atomic<std::uint32_t>& operator[](std::size_t index) const { return counters_[index]; }
  /// Adds one and wakes who waits.
  void raise(std::size_t index) const;
  /// Waits until the counter has reached `value`; false if it has not in time.
  bool reached(std::size_t index, std::uint32_t value, std::uint64_t patience = patience_ns) const;

 private:
  std::atomic<std::uint32_t>* counters_;
  std::size_t count_;
};

/// Message `number` of `sender`: recognisable in every byte beyond the first eight.
std::vector<std::byte> message(std::uint32_t sender, std::uint32_t number, std::size_t size);
struct Label {
  std::uint32_t sender;
  std::uint32_t number;
};
Label label(std::span<const std::byte> message);

bool means_gone(int error_number);
std::size_t open_descriptors();
/// Smaller of 64 and what the transport carries.
std::size_t small_size(const Transport& transport);

}  // namespace squall::ipc::test
