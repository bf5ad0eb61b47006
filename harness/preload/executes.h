// Programs that this one starts: they are told whose child they are, and those that cannot be reached are
// counted. Async-signal-safe.
#pragma once

#include "harness/preload/libc.h"
#include "harness/preload/state.h"

#include <cstddef>

namespace squall::preload {

/// Bytes that prepare_child() wants.
std::size_t room_for(char* const* environment);

/// The environment for a child, made in `room`: this one, with SQUALL_FAULTS saying which child. `file` is
/// looked at, along the PATH where `searched`.
char* const* prepare_child(const char* file, bool searched, char* const* environment, void* room);

/// Runs `start` with the environment for a child. With no rules here it is the program's own.
template <class Start>
auto with_lineage(const char* file, bool searched, char* const* environment, const Start start) {
  if (!library.active || environment == nullptr) return start(environment);
  void* room = __builtin_alloca(room_for(environment));
  return start(prepare_child(file, searched, environment, room));
}

}  // namespace squall::preload
