// What the processes of a case and their supervisor share about faults: the rules, which nobody writes once
// the case has begun, and one page a process in which it tells what it decided.
//
// Plain data of fixed shape, mapped from files in the case's directory; no pointers. Read and written by the
// preloaded library in any thread and in signal handlers: everything here is async-signal-safe but
// open_rules() and open_diary().
#pragma once

#include "harness/faults/call.h"

#include <atomic>
#include <cstdint>

namespace squall::faults {

inline constexpr unsigned max_rules = 32;
inline constexpr unsigned max_processes = 256;
inline constexpr unsigned max_channels = 256;
inline constexpr unsigned max_decisions = 1 << 14;
inline constexpr unsigned max_signals = 65;
inline constexpr unsigned max_depth = 4;  ///< handler depths that are told apart
inline constexpr unsigned max_point_name = 64;
inline constexpr unsigned max_modules = 32;

/// The variable that tells the preloaded library where it is: "RULES:DIARY:PROCESS", two paths and a number.
inline constexpr const char* preload_variable = "SQUALL_FAULTS";

enum class Action : std::uint8_t {
  none,
  error,      ///< the call fails with `error` and does nothing
  shorten,    ///< the call is asked for less: `low`..`high` permille of its length, at least one byte
  interrupt,  ///< `signal` is sent to the thread while it waits in the call
  delay,      ///< `low`..`high` ns pass before the call
  yield,      ///< the processor is given up before the call
  clock,      ///< CLOCK_REALTIME jumps by `jump_ns` from this call on
  spurious,   ///< the wait ends although nobody has woken it
};

/// Process and channel numbers of the plan.
template <unsigned size>
struct NumberSet {
  std::uint64_t bits[size / 64] = {};
  constexpr void add(unsigned n) { bits[n / 64] |= std::uint64_t{1} << (n % 64); }
  constexpr bool has(unsigned n) const { return (bits[n / 64] >> (n % 64) & 1) != 0; }
};

struct Rule {
  Action action = Action::none;
  bool portable = false;    ///< may do what POSIX allows and Linux does not
  bool illegal = false;     ///< the legality table is not asked
  bool any_channel = true;  ///< otherwise only calls on one of `channels`
  std::int32_t error = 0;
  std::int32_t signal = 0;
  std::uint32_t probability = UINT32_MAX;  ///< of 2^32 - 1; the largest: always
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::int64_t jump_ns = 0;
  std::uint64_t first = 1;  ///< occurrences, as scenario::When
  std::uint64_t last = UINT64_MAX;
  std::uint64_t step = 1;
  CallSet calls;
  NumberSet<max_processes> targets;
  NumberSet<max_channels> channels;
  char point[max_point_name] = {};  ///< the named point whose passages count; empty: calls count
};

/// How a descriptor or an identifier is known to belong to a channel.
struct ChannelIdentity {
  std::uint64_t device = 0;  ///< st_dev and st_ino of the object: pipe, FIFO, socket, queue, file
  std::uint64_t inode = 0;
  std::uint64_t other_inode = 0;  ///< of the other end of a socket pair; 0: none
  char address[108] = {};         ///< path of a UNIX socket, or name of a queue or segment; empty: none
  std::uint16_t port = 0;         ///< TCP; 0: none
  std::int32_t key = 0;           ///< System V; 0: none
};

struct Process {
  std::uint64_t identity = 0;  ///< hash of role and index
};

struct RulePage {
  char magic[8] = {'S', 'Q', 'U', 'A', 'L', 'L', 'F', '1'};
  std::uint64_t seed = 0;
  std::uint32_t rule_count = 0;
  std::uint32_t channel_count = 0;
  bool watch_handlers = false;  ///< handlers are entered through a trampoline and looked at
  bool note_sites = false;      ///< decisions tell where their call was made
  bool note_crashes = false;    ///< see Diary::crashes
  Rule rules[max_rules];
  Process processes[max_processes];
  ChannelIdentity channels[max_channels];
};

/// Who decides, and for which time: the key of a decision.
struct Key {
  std::uint64_t process = 0;  ///< Process::identity, and which descendant of it
  std::uint32_t thread = 0;   ///< 0: the first; others by who made them and as which child
  std::uint16_t channel = 0;  ///< 1 + its number; 0: none or not known
  Call call = Call::point;
  std::uint8_t depth = 0;  ///< signal handlers below it
  std::uint64_t nth = 0;   ///< of the rule's occurrences in this thread at this depth
};

enum class Effect : std::uint8_t {
  done,     ///< it happened
  missed,   ///< the call was over before it could happen
  refused,  ///< it would not have been legal just there
};

/// A program or library that a call was made from.
struct Module {
  static constexpr std::uint32_t claimed = 1, complete = 2;
  std::atomic<std::uint32_t> state{0};
  char path[252] = {};
};

/// Where a call was made: a module of the diary, and an address in it, as its file has them.
struct Site {
  std::uint16_t module = 0;  ///< 1 + its number; 0: not known
  std::uint64_t address = 0;

  static constexpr unsigned address_bits = 48;
  constexpr std::uint64_t packed() const { return std::uint64_t{module} << address_bits | address; }
  static constexpr Site unpacked(std::uint64_t word) {
    return {static_cast<std::uint16_t>(word >> address_bits),
            word & ((std::uint64_t{1} << address_bits) - 1)};
  }
};

/// One rule that matched.
struct Decision {
  Key key;
  std::uint64_t time_ns = 0;           ///< CLOCK_MONOTONIC; not part of what two runs share
  std::uint64_t value = 0;             ///< bytes left of the request, ns of delay, errno or signal
  std::atomic<std::uint64_t> site{0};  ///< packed, where it was asked for
  std::uint16_t rule = 0;
  Action action = Action::none;
  std::atomic<Effect> effect{Effect::done};
  std::atomic<std::uint8_t> complete{0};  ///< 1: all fields are there
};

/// What is known of one signal number in one process.
struct SignalAccount {
  std::atomic<std::uint64_t> entered{0};   ///< times a handler was entered
  std::atomic<std::uint64_t> nested{0};    ///< of them, inside another handler
  std::atomic<std::uint64_t> spoiled{0};   ///< of them, errno was another one after
  std::atomic<std::uint64_t> total_ns{0};  ///< time spent in handlers
  std::atomic<std::uint64_t> longest_ns{0};
};

/// An unsafe function called in a handler.
struct UnsafeCall {
  std::atomic<std::uint32_t> claimed{0};
  std::uint32_t signal = 0;
  char called[32] = {};       ///< the function
  char interrupted[32] = {};  ///< the unsafe function that the handler had interrupted; empty: none
  std::atomic<std::uint64_t> count{0};
};

/// Calls that the library knows of and cannot reach.
enum class Unseen : std::uint8_t { inside_libc, static_program, vfork_child, count };

constexpr std::uint64_t signal_bit(int signal) { return std::uint64_t{1} << (signal - 1); }

/// What one process of the plan, and its descendants, tell. They share it.
struct Diary {
  std::atomic<std::uint64_t> stormed{0};  ///< signals of which a storm may come, one bit each
  std::atomic<std::uint64_t> spared{0};   ///< of them, those that must not be sent now: there is no handler
  std::atomic<std::uint32_t> sending{0};  ///< 1: the sender has looked at `spared` and has not sent yet
  std::atomic<std::int32_t> target{
      0};  ///< process id, in its own namespace, of whom the storms are meant for
  /// Signals (signal_bit) of which processes other than the target died: their own faults, and abort().
  std::atomic<std::uint64_t> crashes{0};
  std::atomic<std::uint32_t> loaded{0};               ///< processes that had the library
  std::atomic<std::uint32_t> deepest{0};              ///< signal handlers inside each other
  std::atomic<std::uint32_t> dropped{0};              ///< decisions for which there was no room
  std::atomic<std::uint32_t> next{0};                 ///< next free decision
  std::atomic<std::uint64_t> occurrences[max_rules];  ///< how often each rule was asked
  std::atomic<std::uint64_t> unseen[static_cast<unsigned>(Unseen::count)];
  SignalAccount signals[max_signals];
  UnsafeCall unsafe[64];
  Module modules[max_modules];
  Decision decisions[max_decisions];
};

/// Maps the file, for reading; `make` gives it its size first and maps it for writing. Null: errno says why.
RulePage* open_rules(const char* path, bool make);
Diary* open_diary(const char* path, bool make);

/// Notes a decision; null when there is no room. Async-signal-safe.
Decision* note(Diary&, const Key&, unsigned rule, Action, std::uint64_t value, std::uint64_t time_ns);

}  // namespace squall::faults
