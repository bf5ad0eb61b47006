// The one interface behind which every IPC implementation stands.
//
// A Transport makes a Channel: the kernel object and its name. Processes attach to the channel as Sender or
// as Receiver, in the process that made it, in one forked from it, or in one that was exec'd later and was
// handed an Attachment. A sender and a receiver are used by one thread at a time. Nothing here is
// async-signal-safe unless a transport says so. Times are nanoseconds of CLOCK_MONOTONIC; sizes are bytes.
//
// EINTR never leaves a blocking call: it is retried. A peer that is gone is the error EPIPE, ECONNRESET or
// ECONNREFUSED; pipe and fifo raise SIGPIPE as well unless the process ignores it, as the worker does.
// Sources: the man pages named in each implementation.
#pragma once

#include "ipc/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace squall::ipc {

/// What a transport can do. A scenario asks for these, never for a transport's name.
enum class Capability : std::uint32_t {
  payload = 1 << 0,       ///< messages carry bytes of the sender's choice (an eventfd only counts)
  boundaries = 1 << 1,    ///< a send is received whole and alone, or not at all, by the kernel's own doing
  many_writers = 1 << 2,  ///< several processes may send into one channel
  many_readers =
      1 << 3,         ///< several processes may receive from one channel; each message goes to one of them
  priority = 1 << 4,  ///< send() honours its priority
  fifo = 1 << 5,      ///< messages of equal priority arrive in the order they were accepted, over all senders
  bounded = 1 << 6,   ///< the capacity, in messages, is honoured exactly
  end_of_stream = 1 << 7,  ///< receive() reports the end once the last sender is gone, killed ones included
  peer_gone = 1 << 8,      ///< send() fails once the last receiver is gone, killed ones included
  persistent = 1 << 9,     ///< unread messages outlive every process that touched the channel
  durable = 1 << 10,       ///< messages accepted before a SIGKILL can be read from a file afterwards
  named = 1 << 11,         ///< a process can attach by name alone, without inheriting anything
  fork_only = 1 << 12,     ///< reaches only processes forked from the one that made it
  memory = 1 << 13,        ///< offers a shared memory region besides messages: open_memory()
  descriptors = 1 << 14,   ///< what travels is a file descriptor (SCM_RIGHTS)
};

/// A set of capabilities.
struct Capabilities {
  std::uint32_t bits = 0;

  constexpr Capabilities() = default;
  constexpr Capabilities(std::initializer_list<Capability> list) {
    for (Capability capability : list) bits |= static_cast<std::uint32_t>(capability);
  }
  constexpr bool has(Capability capability) const {
    return (bits & static_cast<std::uint32_t>(capability)) != 0;
  }
};

/// The names of DESIGN's vocabulary, for loaders and reports: {"many-writers", many_writers, "several
/// processes …"}.
struct CapabilityName {
  std::string_view name;
  Capability capability;
  std::string_view about;
};
std::span<const CapabilityName> capability_names();
std::optional<Capability> find_capability(std::string_view name);

struct Limits {
  std::size_t max_message = 0;  ///< bytes; a longer send fails with EMSGSIZE and nothing is sent
  std::size_t atomic_message =
      0;  ///< bytes; above it, sends of several writers may interleave. 0: no such bound
  std::size_t default_capacity = 0;  ///< messages, when the scenario names none. 0: bytes decide (streams)
};

/// What a channel is to be. Everything the kernel will see is derived from `name`, so that a sweep can find
/// it.
struct ChannelOptions {
  std::string name;       ///< unique on this machine, no slash, at most 60 characters: "squall-4f2a-17-work"
  std::string directory;  ///< where FIFOs, sockets and files are made: absolute, at most 40 characters
  std::size_t capacity =
      0;  ///< messages on bounded transports; the smallest buffer granted on streams. 0: default
  std::size_t max_message = 64;  ///< bytes; the longest message that will be sent
  bool blocking = true;          ///< false: send and receive fail with EAGAIN instead of waiting
  unsigned writers = 1;          ///< processes that will attach as senders
  unsigned readers = 1;          ///< processes that will attach as receivers
};

/// All that a process needs to attach to a channel somebody else made.
struct Attachment {
  ChannelOptions options;
  std::string address;  ///< Channel::address()
  std::vector<int>
      descriptors;  ///< Channel::descriptors(side), numbered as in this process; attaching takes them over
};

/// One message as received. `end`: there are no senders left and nothing is left to read; size is 0.
struct Received {
  std::size_t size = 0;
  unsigned priority = 0;
  bool end = false;
};

/// The sending end. Destruction closes it.
class Sender {
 public:
  virtual ~Sender() = default;

  /// Sends one whole message, or fails and has sent nothing. A stream in non-blocking mode that has accepted
  /// the first byte finishes the message, waiting as long as it takes. EAGAIN: full, non-blocking. EMSGSIZE:
  /// longer than the limit. EPIPE, ECONNRESET, ECONNREFUSED: no receiver left.
  virtual Result<void> send(std::span<const std::byte> message, unsigned priority = 0) = 0;

  /// Non-blocking mode: waits until a send may succeed, or the deadline (CLOCK_MONOTONIC). False: deadline
  /// passed.
  virtual Result<bool> wait(std::uint64_t deadline_ns) = 0;
};

/// The receiving end. Destruction closes it.
class Receiver {
 public:
  virtual ~Receiver() = default;

  /// Receives one message into `buffer`. EAGAIN: empty, non-blocking. EMSGSIZE: the buffer is shorter than
  /// the message; whether the message is lost then is the transport's business (datagrams: yes; mq, msgrcv:
  /// no).
  virtual Result<Received> receive(std::span<std::byte> buffer) = 0;

  /// Non-blocking mode: waits until a receive may succeed, or the deadline (CLOCK_MONOTONIC). False: deadline
  /// passed.
  virtual Result<bool> wait(std::uint64_t deadline_ns) = 0;
};

/// A shared memory region and its lock. Unmapped on destruction.
class Memory {
 public:
  virtual ~Memory() = default;

  /// The bytes for the user, zero at creation, aligned to a cache line, at least 4096 of them.
  virtual std::span<std::byte> bytes() = 0;

  /// Takes the region's robust lock. True: the previous owner died holding it; the caller has made it
  /// consistent and owns it. ENOTRECOVERABLE: nobody made it consistent in time.
  virtual Result<bool> lock() = 0;
  virtual Result<void> unlock() = 0;

  /// Makes what was stored durable (msync MS_SYNC); does nothing where there is no file.
  virtual Result<void> sync() = 0;
};

enum class Side : std::uint8_t { sender, receiver };

/// The kernel object, in the process that made it. Destruction removes it from the kernel, name and all,
/// unless release() was called.
class Channel {
 public:
  virtual ~Channel() = default;

  /// What another process needs to find it: a path, a port, a key. May be empty.
  virtual std::string address() const { return {}; }
  /// The descriptors which a process of that side must inherit. They stay the channel's: attaching duplicates
  /// them by inheritance. Close-on-exec is set.
  virtual std::vector<int> descriptors(Side) const { return {}; }
  /// Messages that fit, as the kernel granted it. 0: bytes decide.
  virtual std::size_t capacity() const { return 0; }

  /// Attach in this process, or in a child forked from it. The channel keeps what it holds.
  virtual Result<std::unique_ptr<Sender>> sender() = 0;
  virtual Result<std::unique_ptr<Receiver>> receiver() = 0;
  virtual Result<std::unique_ptr<Memory>> memory() { return failure(ENOTSUP, "memory"); }

  /// Drops this process's descriptors and mappings, so that it counts neither as sender nor as receiver any
  /// more. Names stay, and removal on destruction stays. Called once every worker has been started.
  virtual void detach() = 0;
  /// The channel forgets its names: destruction leaves them (a forked child calls it).
  virtual void release() = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;

  virtual std::string_view name() const = 0;
  virtual std::string_view about() const = 0;
  virtual Capabilities capabilities() const = 0;
  virtual Limits limits() const = 0;
  /// Why this machine cannot run it ("/dev/mqueue: …; mount it"), or nothing.
  virtual std::optional<std::string> unavailable() const { return std::nullopt; }

  /// Makes the kernel objects. EEXIST if they exist. Receivers attach before senders do.
  virtual Result<std::unique_ptr<Channel>> create(const ChannelOptions&) const = 0;
  /// Attaches an exec'd process. ENOTSUP on transports that reach forked processes only.
  virtual Result<std::unique_ptr<Sender>> open_sender(Attachment) const = 0;
  virtual Result<std::unique_ptr<Receiver>> open_receiver(Attachment) const = 0;
  virtual Result<std::unique_ptr<Memory>> open_memory(Attachment) const {  // NOLINT: overriders keep it
    return failure(ENOTSUP, "open_memory");
  }

  /// Removes what create() with these options may have left in the kernel, whoever made it. Idempotent; needs
  /// nothing but the options' name and directory. For sweeps after a crash.
  virtual void sweep(const ChannelOptions&) const = 0;
};

/// Every transport of this build, in the order in which reports show them.
std::span<const Transport* const> transports();
const Transport* find_transport(std::string_view name);

}  // namespace squall::ipc
