// What the library knows: of the process (armed, watching, library) and of the calling thread (thread).
//
// Everything here is async-signal-safe. What belongs to the process is written by the constructor alone, but
// for what is atomic; what belongs to a thread is written by it and by its handlers, which leave it as they
// found it.
#pragma once

#include "harness/faults/page.h"

#include <errno.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

// Not seen outside the library, and the compiler is to know: no detour through the GOT.
#pragma GCC visibility push(hidden)

namespace squall::preload {

using faults::Call;

/// For each call, which rules are armed for it here (low 32 bits) and what else keeps it from being quiet.
/// Zero: straight to libc.
inline constexpr std::uint64_t unresolved = std::uint64_t{1} << 63;  ///< libc's functions are not known yet
inline constexpr std::uint64_t unsafe = std::uint64_t{1} << 62;  ///< not for handlers, and they are watched
extern std::uint64_t armed[faults::call_count];

/// The same for functions that are no calls: malloc, printf.
inline constexpr std::uint64_t watches_handlers = 1;
inline constexpr std::uint64_t counts_streams = 2;
extern std::uint64_t watching;

struct Library {
  const faults::RulePage* rules = nullptr;  ///< null: nobody asked for faults here
  faults::Diary* diary = nullptr;
  const char* settings = nullptr;  ///< SQUALL_FAULTS, without a lineage
  unsigned process = 0;            ///< number in the plan
  bool active = false;             ///< some rule means this process, or its handlers are watched
  std::atomic<std::uint64_t> identity{0};
  std::atomic<std::uint64_t> stream{0};  ///< faults::stream_of() it
  std::atomic<std::int64_t> clock_shift_ns{0};
};
extern Library library;

/// One handler that runs in this thread. They lie on the stack, innermost first.
struct Frame {
  Frame* outer = nullptr;
  const char* inside = nullptr;       ///< the unsafe function that it interrupted
  const char* interrupted = nullptr;  ///< the one that some handler below it had interrupted
  std::uintptr_t stack = 0;           ///< the stack pointer where it interrupted; 0: not known
  int signal = 0;
};

struct Thread {
  std::uint64_t counts[faults::max_depth][faults::max_rules];  ///< occurrences of a rule
  bool is_known;                                               ///< `identity` holds
  std::uint32_t identity;
  std::uint32_t threads_made;
  std::uint32_t processes_made;
  std::uint32_t depth;  ///< handlers inside each other
  Frame* innermost;
  const char* inside;       ///< the unsafe function that is being executed; null: none
  const char* interrupted;  ///< the one that a handler of now has interrupted; null: none
  std::uint64_t handlers_run;
  bool is_interrupting;  ///< the timer is armed
  bool has_timer;
  int timer;
  int timer_signal;
};
extern constinit thread_local Thread thread;

/// Looks at errno without a trace: what is done on the side must not be seen.
class KeepErrno {
 public:
  KeepErrno() : kept_(errno) {}
  ~KeepErrno() { errno = kept_; }
  KeepErrno(const KeepErrno&) = delete;
  KeepErrno& operator=(const KeepErrno&) = delete;

 private:
  const int kept_;
};

std::uint64_t monotonic_ns();

}  // namespace squall::preload

#pragma GCC visibility pop
