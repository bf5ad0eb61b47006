// A fork server: executions begin with a copy of a process that has been loaded and linked, and not with
// exec.
//
// The first execution is stopped before the first call that is more than start-up, and a copy of its only
// process is kept; nobody lets that one run. Each later execution begins with a copy of the copy that has the
// number of process of the original and stands before the same call. What start-up did (reading libraries) is
// told to the strategy again, step by step, and does not happen.
//
// A copy shares what fork shares, so nothing is kept when a file is open, memory is shared or a signal has
// come. It needs numbers of processes of our choice: a PID namespace, and CAP_SYS_ADMIN in the traced program
// (clone3's set_tid). Elsewhere executions begin with exec, and are the same. One thread, the tracer's.
// Sources: clone(2), prctl(2) PR_GET_TID_ADDRESS, get_robust_list(2); Zalewski, Fuzzing random programs
// without execve(), 2014.
#pragma once

#include "harness/engine/controlled/clock.h"
#include "harness/engine/controlled/objects.h"
#include "harness/engine/controlled/space.h"
#include "harness/engine/controlled/task.h"

#include <optional>
#include <string>
#include <vector>

namespace squall::controlled {

/// What the executor remembers of start-up.
struct StartedUp {
  Objects objects;
  Clock clock;
  std::vector<Candidate> steps;
  std::vector<Reached> reached;  ///< one a step where the strategy asked for it; otherwise none
  std::vector<std::string> words;
  std::vector<std::string> notes;
  Process process;
  unsigned made = 0;
  std::uint64_t worked_ns = 0;
  bool blocks_segv = false;
  ObjectId identity = no_object;
  Address call_instruction = 0;
  FileDescriptor output, errors;
};

class ForkServer {
 public:
  ForkServer() = default;
  ~ForkServer();
  ForkServer(const ForkServer&) = delete;

  bool is_wanted() const { return state_ == State::wanted; }
  bool is_ready() const { return state_ == State::ready; }
  pid_t keeper() const { return keeper_; }
  const StartedUp& start() const { return start_; }

  /// The task is alone and about to make its first call after start-up: just before the instruction, fit for
  /// an injection. Nothing is kept where that cannot be.
  void keep(const Task&, StartedUp);
  void give_up();

  /// A new process at that place, in a first stop; its output is empty. Nothing: it cannot be had any more.
  std::optional<pid_t> copy();
  /// The keeper has stopped by itself: somebody kills it.
  void lose(const Stop&);

 private:
  enum class State : std::uint8_t { wanted, ready, given_up };

  State state_ = State::wanted;
  StartedUp start_;
  pid_t keeper_ = 0;
  pid_t number_ = 0;  ///< of the process that was kept, and of every copy
  Registers before_call_{};
  std::uint64_t mask_ = 0;
  Address tid_address_ = 0;  ///< that the kernel clears at its end
  Address robust_list_ = 0;
  std::uint64_t robust_list_bytes_ = 0;
  FileDescriptor input_;

  bool look_at(const Task&);
  std::optional<pid_t> fork_from(pid_t, std::uint64_t flags, pid_t number);
  bool restore(pid_t);
};

}  // namespace squall::controlled
