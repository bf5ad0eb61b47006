// The guardian: the process under which every case of a run lives, and which sees to it that none outlives
// the run.
//
// One a run. It is a child subreaper in a session of its own. It starts a case when the runner asks for one,
// reaps everything, kills what a case leaves behind, and sweeps its names. The runner's end of their socket
// closes when the runner dies, whatever killed it: then the guardian kills all, sweeps, and exits. If the
// guardian dies first, the cases die with it (PDEATHSIG) and next() says so.
#pragma once

#include "ipc/descriptor.h"
#include "ipc/result.h"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace squall::topology {

/// One execution of one case, as the runner asks for it.
struct Request {
  std::uint64_t ticket = 0;  ///< numbers the executions of a run
  std::uint64_t seed = 0;
  std::uint32_t which = 0;  ///< the runner's own index of the case
};

struct Completion {
  std::uint64_t ticket = 0;
  int status = 0;  ///< what the case's process returned; 128 + signal when it was killed
};

/// What a guardian does for the runner. All three run in processes of the guardian, which has the runner's
/// memory as it was at start().
struct Duties {
  std::function<int(const Request&)> carry_out;  ///< in a new process, a child of the guardian
  std::function<void(const Request&)> sweep;     ///< in the guardian, after each case and before it exits
  std::function<void()> farewell;                ///< in the guardian, last: removes what the run shared
};

class Guardian {
 public:
  /// Forks it. To be called while the caller has one thread.
  static Result<Guardian> start(Duties duties);

  Result<void> submit(const Request&);
  /// The next case that ended. EPIPE: the guardian is dead. Nothing: `deadline_ns` passed, or a signal came.
  Result<std::optional<Completion>> next(std::uint64_t deadline_ns);
  /// Ends the guardian and everything it has started, and waits for that.
  void dismiss();

 private:
  FileDescriptor socket_;
  pid_t pid_ = -1;
};

}  // namespace squall::topology
