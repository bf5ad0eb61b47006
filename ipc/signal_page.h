// Where the senders of a signal channel find its receiver: a page of shared memory.
//
// The receiver's process and its first signal are published together by one store; its liveness slot tells a
// sender, for the price of a try-lock, that the receiver closed or died, even while a zombie still swallows
// signals in silence. The page is owned by the channel, the mapping by the SignalPage. Not async-signal-safe.
// Sources: sigqueue(3), pidfd_open(2); liveness.h.
#pragma once

#include "ipc/liveness.h"
#include "ipc/mapping.h"

#include <sys/types.h>

#include <memory>
#include <optional>

namespace squall::ipc {

struct SignalAddress {
  pid_t process = 0;
  int first_signal = 0;
};

class SignalPage {
 public:
  static Result<std::unique_ptr<SignalPage>> create(const ChannelOptions&);
  /// Fails as Mapping::attach does.
  static Result<std::unique_ptr<SignalPage>> attach(const ChannelOptions&);
  static void remove(const ChannelOptions&);

  Liveness& liveness() { return liveness_; }
  void publish(SignalAddress);
  /// Nothing: no receiver has attached yet.
  std::optional<SignalAddress> receiver() const;

 private:
  struct Page;

  explicit SignalPage(Mapping mapping);

  Page& page() const;

  Mapping mapping_;
  Liveness liveness_;
};

}  // namespace squall::ipc
