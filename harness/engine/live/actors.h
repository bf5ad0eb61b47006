// The processes of one case, as their supervisor holds them.
#pragma once

#include "harness/history/evidence.h"
#include "harness/worker/control.h"
#include "ipc/descriptor.h"

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace squall::live {

struct Actor {
  unsigned number = 0;
  pid_t pid = -1;
  FileDescriptor process;  ///< pidfd
  bool attaches = false;   ///< takes part in the stages: a worker or a peer
  bool started = false;
  bool over = false;  ///< exited and reaped, or could not be started
  bool felled = false;
  std::uint64_t resume_ns = 0;  ///< when it is to be continued; 0: it is not stopped
  history::Exit exit;
  worker::ProcessSlot* slot = nullptr;

  bool alive() const { return started && !over; }
  worker::Stage stage() const { return slot->stage.load(std::memory_order_acquire); }
  /// Nothing more will come from it.
  bool done() const { return over || (attaches && stage() == worker::Stage::closed); }
};

/// Reaps the actor if it has ended. True: it has, now or before.
bool reap(Actor&);
/// Waits for the end of an actor that was sent a deadly signal, at most until the deadline.
bool reap_by(Actor&, std::uint64_t deadline_ns);
/// Sends a stop and waits until it has taken effect, at most until the deadline.
void stop_by(Actor&, std::uint64_t deadline_ns);
void permit(Actor&, worker::Stage);

}  // namespace squall::live
