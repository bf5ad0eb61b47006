// Everything that is known about one execution of one case. Checkers and reporters read this and nothing
// else.
#pragma once

#include "harness/history/operation.h"

#include <cstdint>
#include <string>
#include <vector>

namespace squall::history {

struct Exit {
  enum class Kind : std::uint8_t { running, exited, signaled } kind = Kind::running;
  int value = 0;  ///< exit status or signal number
};

struct ProcessEvidence {
  std::string role;
  unsigned index = 0;  ///< among the processes of its role
  int pid = 0;
  bool program = false;  ///< a foreign program: records no operations
  Exit exit;
  std::vector<int>
      expected;         ///< exit statuses (as is) and signals (negated) that the plan calls clean; empty: {0}
  bool felled = false;  ///< a fault of the plan killed it; any death is then expected
  int descriptors_before = -1;  ///< open descriptors after set-up; −1: not known
  int descriptors_after = -1;   ///< and after the workload closed its channels
  std::string complaint;        ///< what it said last on stderr; empty when it said nothing

  std::string name() const { return role + "[" + std::to_string(index) + "]"; }
};

struct ChannelEvidence {
  std::string name;
  std::string transport;
  std::uint32_t capabilities = 0;  ///< ipc::Capabilities::bits
  std::size_t capacity = 0;        ///< messages granted; 0: bytes decide
  std::vector<unsigned> senders;   ///< indices into processes
  std::vector<unsigned> receivers;
  bool drained = true;  ///< some receiver read to the end: what is missing now is lost
};

/// Something that outlived the case, or a process's use of it.
struct Leak {
  std::string kind;  ///< process, queue, segment, semaphore, fifo, socket, file, descriptor
  std::string what;  ///< its name, and who left it if that is known
};

/// A process that did not end in time: where it is and whom it waits for, in words.
struct Stuck {
  unsigned process = 0;
  std::string where;      ///< "in read(5) on channel work, a pipe", "running in user space"
  std::string waits_for;  ///< "producer[0] to write", empty when nobody can tell
};

/// A fault of the plan that happened.
struct Fired {
  unsigned rule = 0;            ///< index into the plan's rules
  unsigned process = 0;         ///< to whom
  std::uint64_t operation = 0;  ///< at which of the operations that the rule counts
  std::uint64_t time_ns = 0;
  std::string text;  ///< "kill producer[1] before its 5th send"
};

/// What the handlers of one signal did in one process, where they were watched.
struct HandlerEvidence {
  unsigned process = 0;
  unsigned signal = 0;
  std::uint64_t entered = 0;
  std::uint64_t nested = 0;   ///< of them, inside another handler
  std::uint64_t spoiled = 0;  ///< of them, errno was another one after
  std::uint64_t total_ns = 0;
  std::uint64_t longest_ns = 0;
  unsigned deepest = 0;  ///< handlers inside each other, of all signals of the process
};

/// A function that is not async-signal-safe, called by a handler.
struct UnsafeCall {
  unsigned process = 0;
  unsigned signal = 0;
  std::string called;
  std::string interrupted;  ///< the unsafe function that the signal had interrupted; empty: none
  std::uint64_t count = 0;
};

struct Evidence {
  std::string scenario;
  std::string transport;
  std::uint64_t seed = 0;
  std::vector<std::string> expect;  ///< properties to be judged, as checkers/ names them
  std::vector<ProcessEvidence> processes;
  std::vector<ChannelEvidence> channels;
  std::vector<Operation> operations;     ///< of all processes, sorted by invoke_ns
  std::vector<std::string> rules;        ///< the plan's fault rules in words
  std::vector<unsigned> optional_rules;  ///< of a fire: they need not fire
  std::vector<Fired> fired;
  std::vector<HandlerEvidence> handlers;
  std::vector<UnsafeCall> unsafe_calls;
  std::vector<Leak> leaks;
  std::vector<Stuck> stuck;       ///< non-empty: the deadline passed
  std::uint64_t deadline_ns = 0;  ///< what the case was allowed
  std::uint64_t start_ns = 0;  ///< CLOCK_MONOTONIC when the processes were let go; reports show times from it
  std::uint64_t duration_ns = 0;   ///< from letting go to the last exit
  std::string broken;              ///< why squall itself failed at this case; empty when it did not
  std::vector<std::string> notes;  ///< what was not under control, in words
};

}  // namespace squall::history
