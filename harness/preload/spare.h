// Between a storm and a process that gives up its handler: signals of the storm that found none would kill
// it, and nobody has asked for that. The process says so first, and waits until what is being sent has come.
//
// Async-signal-safe; the storm's sender is waited for with a bound.
#pragma once

#include <cstdint>

namespace squall::preload {

/// A storm of this signal is meant for this very process, not for its parent.
bool is_rained_on(int signal);

/// Nothing more of it is sent, and what was sent has been delivered or is pending.
void spare(int signal);
/// It has a handler again.
void expose(int signal);

/// Spares the process all storms while it becomes another program, which has no handlers yet; failing that,
/// they go on.
class SparedForExec {
 public:
  SparedForExec();
  ~SparedForExec();
  SparedForExec(const SparedForExec&) = delete;
  SparedForExec& operator=(const SparedForExec&) = delete;

 private:
  std::uint64_t exposed_ = 0;
};

}  // namespace squall::preload
