// A scenario: several processes, the channels between them, what goes wrong, and what must hold all the same.
//
// This is the validated form. The loader (load.h) makes it from YAML by one table (schema.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace squall::scenario {

/// Where something was written: for errors found after loading. Line and column count from 1.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;
};

/// An inclusive range of sizes or counts: `64`, `1..4096`.
struct Range {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

/// Which occurrences a rule takes: `3` (the third), `3..9`, `3+2` (the third, then every second), `3+` (from
/// the third on).
struct When {
  std::uint64_t first = 1;
  std::uint64_t last = UINT64_MAX;
  std::uint64_t step = 1;

  bool matches(std::uint64_t nth) const { return nth >= first && nth <= last && (nth - first) % step == 0; }
};

/// A role: `count` processes that do the same.
struct Process {
  std::string role;
  unsigned count = 1;
  std::string does;              ///< a workload of the worker; empty when `run` is given
  std::vector<std::string> run;  ///< a program and its arguments, with ${…} substituted by the plan
  bool peer = false;  ///< the program records what it does: it links squall's worker library and attaches
  std::map<std::string, std::string> environment;
  std::string standard_input;   ///< channel the program reads as its standard input; empty: /dev/null
  std::string standard_output;  ///< channel the program writes as its standard output; empty: captured
  std::optional<std::uint64_t> messages;  ///< how many messages or rounds; unset: the workload's default
  std::optional<Range>
      size;  ///< payload bytes behind the 8-byte tag; unset: 56, or what the transport carries
  Range priority{0, 0};
  std::string after;       ///< starts only once every process of that role has exited; empty: with the others
  std::string wants;       ///< which messages a receiver takes on transports with types; empty: any
  std::string sigpipe;     ///< "default": SIGPIPE keeps its default action; empty: ignored
  std::vector<int> exits;  ///< clean exit statuses; signals negated; empty: {0}
  std::map<std::string, std::string> with;  ///< further parameters of the workload
  Position position;
};

/// How the processes of two roles are connected.
enum class Wiring : std::uint8_t {
  shared,  ///< one channel: all of `from` send, all of `to` receive
  each,    ///< one channel a process: the i-th of one side with the i-th (or the only one) of the other
  ring,    ///< one channel a process: the i-th sends to the (i+1)-th of the same role
};

struct Channel {
  std::string name;
  std::vector<std::string> from;  ///< roles
  std::vector<std::string> to;
  Wiring wiring = Wiring::shared;
  std::string transport;  ///< pinned; empty: the case's
  std::uint64_t capacity = 0;
  bool blocking = true;
  Position position;
};

/// Whom a storm is sent to.
enum class Threads : std::uint8_t {
  process,  ///< the kernel chooses
  first,    ///< the first thread
  all,      ///< each in turn
};

/// A fault rule: what happens, to whom, and when.
struct Fault {
  enum class Action : std::uint8_t {
    // To a process, at one of its operations.
    kill,   ///< `signal`, SIGKILL unless said otherwise
    stop,   ///< SIGSTOP, and SIGCONT after `resume_ms`
    close,  ///< close the end the process has of `channel`
    fill,   ///< fill `channel` before anybody starts
    storm,  ///< send `signal` again and again
    // To a call that a process makes, or at the passage of a point.
    error,      ///< the call fails with `error`; at a point: the point fails
    shorten,    ///< the call transfers less than it was asked for
    interrupt,  ///< `signal` comes while the call waits
    delay,      ///< `delay_ns` pass before the call
    clock,      ///< CLOCK_REALTIME jumps by `jump_ms`
    spurious,   ///< the wait ends although nobody has woken it
  } action = Action::kill;
  std::string at;       ///< role, or role[index]; "all"
  std::string channel;  ///< which channel's operations or calls count, and which end is closed; empty: any
  std::string call;     ///< which operations count ("send"), or which libc calls ("recvmsg"); empty: any
  std::string point;    ///< instead of operations, passages of this libfiu point count
  std::string of;       ///< whose operations count; empty: those of `at`
  When when;
  int signal = 9;
  std::uint64_t resume_ms = 0;
  int error = 0;
  Range delay_ns;
  std::int64_t jump_ms = 0;
  std::uint32_t probability = UINT32_MAX;  ///< of 2^32 − 1; the largest: always
  std::uint32_t rate_hz = 1000;            ///< of a storm
  std::uint32_t burst = 1;                 ///< signals sent at once
  std::uint32_t hold = 0;  ///< the signal is blocked for so many operations at a time; 0: never
  Threads threads = Threads::process;
  bool restart = false;   ///< the worker's handler has SA_RESTART
  bool nodefer = false;   ///< and SA_NODEFER
  bool portable = false;  ///< what POSIX allows and Linux does not do may happen too
  bool illegal = false;   ///< the legality table is not asked
  bool optional = false;  ///< of a fire: where it cannot happen, the rest is still tried
  Position position;

  /// Decided at a call or at a point by the process itself, and not by the supervisor at an operation.
  bool is_decided_at_a_call() const { return action >= Action::error; }
};

/// A scenario; or a fire, which has a name, a description and faults, and is put over scenarios.
struct Scenario {
  bool is_fire = false;
  std::string name;
  std::string about;
  std::vector<std::string> tags;
  std::vector<std::string> needs;       ///< capabilities
  std::vector<std::string> transports;  ///< only these; empty: all that can
  bool fork = false;                    ///< `start: fork`: one parent makes the channels and forks everybody
  std::vector<Process> processes;
  std::vector<Channel> channels;
  std::vector<Fault> faults;
  std::map<std::string, std::string> spares;  ///< fires that it is not put under, and why not
  std::vector<std::string> expect;            ///< properties, as checkers/ names them
  std::vector<std::string> violates;          ///< properties that must be found violated (scenarios/broken)
  std::uint64_t deadline_ms = 10000;          ///< `ends-within 10s`
  Position position;
};

}  // namespace squall::scenario
