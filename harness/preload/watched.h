// Functions that no handler may call: who is inside one, and handlers that call one. Async-signal-safe.
#pragma once

#include "harness/preload/real.h"
#include "harness/preload/state.h"

namespace squall::preload {

/// A handler of now calls `function`, which is not async-signal-safe.
void note_unsafe(const char* function);

/// What the library knows of and cannot reach.
void note_unseen(faults::Unseen);

/// While it lives, the thread is inside `function`.
class Inside {
 public:
  explicit Inside(const char* function) {
    if ((watching & unresolved) != 0) prepare();
    outer_ = thread.inside;
    if ((watching & watches_handlers) == 0) return;
    if (thread.depth != 0) note_unsafe(function);
    thread.inside = function;
  }
  ~Inside() { thread.inside = outer_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  const char* outer_;
};

template <class Body>
[[gnu::always_inline]] inline auto watched(const char* function, const Body body) {
  if (__atomic_load_n(&watching, __ATOMIC_RELAXED) == 0) [[likely]]
    return body();
  const Inside inside(function);
  return body();
}

}  // namespace squall::preload
