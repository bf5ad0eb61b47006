// What the tracer remembers of each task (a thread of the kernel), of the thread group that it belongs to and
// of the memory that it sees. Passive; the executor changes them. One thread.
#pragma once

#include "harness/engine/controlled/displace.h"
#include "harness/engine/controlled/ptrace.h"
#include "harness/engine/controlled/strategy.h"
#include "ipc/descriptor.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace squall::controlled {

struct AddressSpace;
struct Timer;

/// Rows of the executor's table.
enum class State : std::uint8_t {
  unborn,    ///< it has stopped, but its parent has not told of it yet
  expected,  ///< its parent told of it, but it has not stopped yet
  running,   ///< let go; it runs, or is asleep in a call
  parked,    ///< at a schedule point, until it is picked
  stopped,   ///< in a group stop: until SIGCONT
  dying,     ///< past its last stop
};
inline constexpr std::size_t states = 6;

/// What a parked task is about to do.
enum class Parked : std::uint8_t { start, entry, exit, access, signal };

/// An access to shared memory that a task is parked at.
struct PendingAccess {
  Access access;
  Address code = 0;  ///< of the instruction
  Address stack = 0;
  std::uint8_t length = 0;  ///< its bytes
  Obstacle obstacle = Obstacle::none;
  Address slot = 0;        ///< where it runs out of line
  bool is_loaded = false;  ///< the first half has happened: the second one stores
  Address copy = 0;        ///< of the memory, private: what the second half works on
};

/// struct kernel_sigaction: handler, flags, restorer, mask.
using KernelAction = std::array<std::uint64_t, 4>;

/// A thread group: what its tasks share besides memory.
struct Process {
  pid_t pid = 0;
  pid_t parent = 0;                              ///< that made it
  pid_t parent_thread = 0;                       ///< of it, at whose end the child is told
  std::uint64_t worked_ns = 0;                   ///< processor time of all its tasks so far
  int death_signal = 0;                          ///< that it gets when its parent ends
  std::string lineage;                           ///< of its first task
  std::map<int, ObjectId> descriptors;           ///< those that were asked about; see Objects
  std::string program;                           ///< the name that it was started by, without directories
  int ended_by_us = 0;                           ///< the signal of a fault rule that kills it
  KernelAction segv_action{};                    ///< what it wants done about SIGSEGV
  std::uint64_t masks_segv = 0;                  ///< bit N − 1: its handler of signal N blocks SIGSEGV
  std::shared_ptr<Timer> wake_up;                ///< SIGCONT, after a stop that a fault rule wanted
  std::shared_ptr<Timer> alarm;                  ///< of setitimer(ITIMER_REAL) and alarm()
  std::map<int, std::shared_ptr<Timer>> timers;  ///< of timer_create, by the kernel's number
  std::map<int, std::shared_ptr<Timer>> timer_files;  ///< of timerfd_create, by descriptor
  std::set<int> unnamed_sockets;                      ///< of the internet, which may have no port yet
  bool is_dumpable = true;                            ///< as it believes
};

/// A fault that could happen to a task at its call.
struct FaultChoice {
  std::uint16_t rule = 0;    ///< in Settings::faults
  std::uint16_t number = 0;  ///< of several by one rule
  bool is_forced = false;    ///< it happens as written, and the strategy is not asked
  bool is_hard = false;      ///< a clean error may be the answer
  std::uint64_t value = 0;   ///< errno, signal, shortened length, or time
};

/// A call with a bound that a signal has interrupted, and that the kernel makes again unless there is a
/// handler.
struct Interrupted {
  long number = -1;
  Address instruction = 0, stack = 0;
  std::uint64_t deadline_ns = 0;
};

/// A call that a task was moved back from, for a signal, and comes to once more.
struct Back {
  Address instruction = 0, stack = 0;
  std::vector<FaultChoice> faults, interrupts;  ///< that could happen at it, and still can
};

/// What a task believes that the scheduler has been told of it.
struct Scheduling {
  int policy = 0;
  int priority = 0;  ///< with a real-time policy
  int nice = 0;
  bool resets_on_fork = false;
  std::uint64_t affinity = UINT64_MAX;  ///< one bit a processor, those that are not there included
};

struct Task {
  pid_t tid = 0;
  TaskId id = no_task;
  std::string lineage;  ///< "0", "0.1": the second child of the first
  State state = State::running;
  Parked parked = Parked::start;
  bool asleep = false;          ///< known to be, since it was let go
  bool slept = false;           ///< it has been, in this call
  bool in_call = false;         ///< let go to the end of a call
  bool vforked = false;         ///< asleep until its child has gone its own way
  bool ended_by_us = false;     ///< killed at the end of an execution
  unsigned yields = 0;          ///< in a row, with nothing but looks between them
  std::uint64_t yields_at = 0;  ///< the step at which it came to the last one
  unsigned children = 0;        ///< so far, for lineages
  unsigned made = 0;            ///< objects so far, for their numbers
  Scheduling scheduling;
  std::uint64_t worked_ns = 0;   ///< its processor time, by our clock: it goes on with each call
  int signal = 0;                ///< that is about to be delivered
  bool blocks_segv = false;      ///< it believes to
  bool nested = false;           ///< the call's pointers in memory are not those that the program gave
  bool reenters = false;         ///< it was moved back before its call, and comes to it again
  bool opened = false;           ///< its views are open, since it is about to die
  bool altered = false;          ///< the call's registers are not those that the program gave
  bool expired = false;          ///< its bound has been picked
  bool is_roused = false;        ///< it was woken by us, and not to end its call
  bool woke_in_vain = false;     ///< the call that it comes out of is made again, and nobody can tell
  bool was_interrupted = false;  ///< the call that it comes out of has ended by a signal
  bool restarts = false;         ///< the kernel has to look whether it makes the call again
  std::optional<std::uint64_t> deadline_ns;  ///< of the call that it is in, by our clock
  std::optional<Interrupted> interrupted;    ///< the last call, if it was
  std::uint64_t suspect_since_ns = 0;        ///< its processor time when it was first thought to spin
  CallAtEntry call;
  std::vector<FaultChoice> faults;         ///< at the entry where it is
  std::vector<FaultChoice> interrupts;     ///< while it is asleep in the call
  std::vector<std::uint64_t> occurrences;  ///< so far, by rule
  std::vector<Back> back;                  ///< the innermost last
  std::uint64_t delayed_until_ns = 0;
  std::uint64_t shortened = 0;  ///< what the call is asked for instead; 0: nothing
  PendingAccess access;
  bool stores_copy = false;     ///< it runs the second half of an access
  ObjectId object = no_object;  ///< of the call, or of the access
  bool touches_more = false;    ///< the call may
  std::shared_ptr<Process> process;
  std::shared_ptr<AddressSpace> space;
  FileDescriptor memory;      ///< /proc/TID/mem, once needed; see memory_of()
  FileDescriptor statistics;  ///< /proc/PID/task/TID/stat, once needed
};

using TaskTable = std::unordered_map<pid_t, std::unique_ptr<Task>>;  ///< by number

/// To be read by pread() only; not open where the task is gone.
const FileDescriptor& memory_of(Task&);

}  // namespace squall::controlled
