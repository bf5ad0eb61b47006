// The seccomp filter of every traced task: which calls stop, which run free, which fail.
//
// Children and new programs inherit it. It has to be installed between fork and exec; install() is
// async-signal-safe. Sources: seccomp(2), Documentation/userspace-api/seccomp_filter.rst.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace squall::controlled {

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
