// The sending end of the signal transports: pidfd_send_signal with a value, to the process on the SignalPage.
//
// A pidfd is proof against a reused process number. The kernel offers no wait for room in the receiver's
// queue of signals (RLIMIT_SIGPENDING, counted over all of its user's processes): a blocking send tries again
// after naps of up to 1 ms, and wait() reads the count in /proc/PID/status. Not async-signal-safe. Sources:
// pidfd_send_signal(2), rt_sigqueueinfo(2), proc(5).
#pragma once

#include "ipc/descriptor.h"
#include "ipc/signal_page.h"
#include "ipc/transport.h"

namespace squall::ipc {

class SignalSender final : public Sender {
 public:
  /// ECONNREFUSED: no receiver has attached yet. EPIPE: it is gone.
  static Result<std::unique_ptr<Sender>> open(const ChannelOptions&);

  SignalSender(std::unique_ptr<SignalPage> page, SignalAddress receiver, FileDescriptor process,
               bool blocking);

  /// EMSGSIZE: more than eight bytes. EINVAL: a priority above 7.
  Result<void> send(std::span<const std::byte> message, unsigned priority) override;
  Result<bool> wait(std::uint64_t deadline_ns) override;

 private:
  bool has_room() const;

  std::unique_ptr<SignalPage> page_;
  SignalAddress receiver_;
  FileDescriptor process_;
  bool blocking_;
  pid_t self_;
  uid_t user_;
};

}  // namespace squall::ipc
