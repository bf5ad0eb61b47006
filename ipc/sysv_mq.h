// sysv-mq: a System V message queue whose key is a hash of options.name.
//
// A message's type is its priority + 1. Receiving takes the oldest of any type, so the queue keeps one order
// and no priorities; a receiver can ask for msgrcv's other two ways. Bytes bound the queue, not messages:
// msg_qbytes is raised to what the capacity needs, never lowered. A queue that was removed is EIDRM. Another
// key of the same hash (1 in 2^31) is taken for the same queue. There is no poll for these queues: a wait
// looks at msgctl(IPC_STAT) after naps of up to 1 ms, and one for a chosen type may say yes to messages of
// other types. MSG_NOERROR is never used: nothing is ever cut off. Sources: msgget(2), msgop(2), msgctl(2),
// signal(7) for EINTR in spite of SA_RESTART.
#pragma once

#include "ipc/transport.h"

#include <memory>
#include <vector>

namespace squall::ipc {

/// Owns its buffer, not the queue.
class SysvReceiver final : public Receiver {
 public:
  /// The queue of that name. ENOENT. The address may choose a type: ";type=N".
  static Result<std::unique_ptr<SysvReceiver>> open(const Attachment&);

  /// 0: the oldest of all (at first). N > 0: the oldest of type N, which is priority N - 1. N < 0: the oldest
  /// of the lowest type that is at most -N.
  void set_type(long type) { type_ = type; }

  Result<Received> receive(std::span<std::byte> buffer) override;
  Result<bool> wait(std::uint64_t deadline_ns) override;

 private:
  SysvReceiver(int queue, const ChannelOptions& options, long type);

  int queue_;
  int flags_;
  long type_;
  std::vector<long> message_;  ///< struct msgbuf: the type, then the bytes
};

}  // namespace squall::ipc
