// A handler that turns a group's signals into records in a pipe.
//
// The handler runs with every signal blocked, so one at a time and in the order in which the kernel dequeues;
// it is async-signal-safe, keeps errno and never blocks. When the pipe is full it keeps the record in hand
// and leaves the group blocked behind it: nothing is lost, the rest waits in the kernel until next() has made
// room. Another handler that was interrupted unblocks the group when it returns; what comes then is kept too,
// up to 65,536 records, beyond which the process aborts. That holds for one thread; all others must have the
// group blocked. next() and the constructor are not async-signal-safe. Sources: signal-safety(7),
// sigaction(2), pipe(7).
#pragma once

#include "ipc/descriptor.h"
#include "ipc/signal_group.h"

namespace squall::ipc {

class SignalHandler {
 public:
  /// The group must outlive it.
  static Result<SignalHandler> install(const SignalGroup&, bool blocking);

  SignalHandler(SignalHandler&&) = default;
  SignalHandler& operator=(SignalHandler&&) = delete;
  ~SignalHandler();

  /// The oldest record. EAGAIN: none, non-blocking.
  Result<SignalMessage> next();
  int readable() const { return read_end_.get(); }

 private:
  SignalHandler(const SignalGroup& group, FileDescriptor read_end, FileDescriptor write_end);
  void unblock() const;
  void refill();

  const SignalGroup* group_;
  FileDescriptor read_end_;
  FileDescriptor write_end_;
};

}  // namespace squall::ipc
