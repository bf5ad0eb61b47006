// The seccomp filter of every traced task: which calls stop, which run free, which fail.
//
// Children and new programs inherit it. It has to be installed between fork and exec; install() is
// async-signal-safe. Sources: seccomp(2), Documentation/userspace-api/seccomp_filter.rst.
#pragma once

#include "harness/engine/controlled/ptrace.h"

#include <linux/filter.h>

#include <vector>

namespace squall::controlled {

/// Whether the call at whose entry a task is has stopped only because it points to shared memory, or since
/// the tracer answers it: it would have run free otherwise, so it is no schedule point.
bool runs_free_elsewhere(const CallAtEntry&);

class CallFilter {
 public:
  /// Private mappings are nobody's business, unless they are to fail.
  explicit CallFilter(bool mappings_fail = false);

  /// In the calling task, for good. False: errno says why. Without privilege it gives up set-user-ID programs
  /// (PR_SET_NO_NEW_PRIVS).
  bool install() const;

 private:
  std::vector<sock_filter> program_;
};

}  // namespace squall::controlled
