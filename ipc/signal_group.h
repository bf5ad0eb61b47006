// Eight real-time signals that carry one channel, and what a message looks like in a signal.
//
// The kernel delivers the lower number first, so priority 7 has the lowest of the group. The message is the
// signal's value; what it lacks of eight bytes stands in si_errno, so that a plain sigqueue() is a whole
// message. A process can receive from three channels at a time: SIGRTMIN + 2 to SIGRTMIN + 25. Sources:
// signal(7), sigqueue(3).
#pragma once

#include "ipc/transport.h"

#include <csignal>
#include <cstring>

namespace squall::ipc {

inline constexpr std::size_t signal_bytes = sizeof(sigval);
inline constexpr unsigned signal_priorities = 8;
static_assert(signal_bytes == 8);

/// The parts of a siginfo that make a message; as small as a pipe needs to keep them together.
struct SignalMessage {
  std::uint64_t value = 0;
  std::int32_t missing = 0;  ///< bytes short of eight
  std::uint32_t priority = 0;

  /// EMSGSIZE: the buffer is shorter than the message, which is lost.
  Result<Received> copy_to(std::span<std::byte> buffer) const {
    const std::size_t size =
        missing < 0 || missing > 8 ? signal_bytes : signal_bytes - static_cast<std::size_t>(missing);
    if (size > buffer.size()) return failure(EMSGSIZE, "receive");
    if (size != 0) std::memcpy(buffer.data(), &value, size);
    return Received{.size = size, .priority = priority, .end = false};
  }
};

/// Owns a group of this process from take() to destruction, with its signals blocked in the calling thread:
/// attach before other threads are started, or block them there. Afterwards the mask is what it was and the
/// signals are ignored, because one that is still on its way would otherwise end the process.
class SignalGroup {
 public:
  /// EBUSY: all groups of this process are taken.
  static Result<SignalGroup> take();

  SignalGroup(SignalGroup&&) noexcept;
  SignalGroup& operator=(SignalGroup&&) = delete;
  ~SignalGroup();

  int first() const { return first_; }
  const sigset_t& signals() const { return signals_; }
  unsigned priority_of(int signal) const {
    return signal_priorities - 1 - static_cast<unsigned>(signal - first_);
  }

  static constexpr unsigned groups = 3;
  /// Which group a signal belongs to. Async-signal-safe.
  static unsigned index_of(int signal) {
    return static_cast<unsigned>(signal - SIGRTMIN - offset) / signal_priorities;
  }

 private:
  static constexpr int offset = 2;

  explicit SignalGroup(unsigned index);
  bool active_ = true;
  int first_;
  sigset_t signals_;
  sigset_t before_;  ///< the thread's mask
};

}  // namespace squall::ipc
