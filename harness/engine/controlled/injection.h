// System calls that a traced task makes because the tracer wants it to.
//
// The task must be at a stop from which it would return to its program: the exit of a call, its first stop,
// or a fault; or at the entry of a call, which it then enters again afterwards. Its registers and its signal
// mask are as before when this returns, and a stop of its process that came meanwhile comes after it. Nobody
// else runs meanwhile.
#pragma once

#include "harness/engine/controlled/ptrace.h"
#include "harness/engine/controlled/space.h"

#include <array>
#include <csignal>
#include <cstdint>
#include <optional>
#include <vector>

namespace squall::controlled {

class Injection {
 public:
  Injection(pid_t, const AddressSpace&);
  ~Injection();
  Injection(const Injection&) = delete;

  /// What the call returned, −errno as the kernel has it; −ESRCH: the task has died.
  std::int64_t call(long number, std::array<std::uint64_t, 6> arguments);
  /// The same for a call that the filter may let pass.
  std::int64_t unfiltered_call(long number, std::array<std::uint64_t, 6> arguments);

 private:
  bool prepare(long number, const std::array<std::uint64_t, 6>& arguments);
  std::int64_t result();
  bool run_to(Event);

  pid_t tid_;
  Address instruction_;
  bool has_filter_;  ///< which may answer before ours does
  Registers before_{};
  std::uint64_t mask_ = 0;
  bool owes_stop_ = false;
  bool alive_;
};

/// One instruction, and no signal but for a fault of its own. The stop after it: SIGTRAP where it has
/// happened; nothing when the task is gone.
std::optional<Stop> step_alone(pid_t);

/// A signal at whose delivery the task was before an injection: it is there once more. False: it is gone.
bool deliver_again(pid_t pid, pid_t tid, const siginfo_t&);

/// Stops that had to be put off, since they are nobody's business in the middle of an injection: the
/// executor takes them first.
std::vector<Stop>& put_off();

}  // namespace squall::controlled
