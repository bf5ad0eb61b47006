// libc's own functions behind the wrappers. Each pointer is null until prepare() has run: the constructor
// does, or the first call of a wrapper if that comes earlier.
#pragma once

#include "harness/preload/libc.h"

namespace squall::preload {

#pragma GCC visibility push(hidden)
namespace real {
#define REAL(name) extern decltype(&::name) name;
#define REAL_SINCE(name, version) REAL(name)
#include "harness/preload/real.def"
#undef REAL
#undef REAL_SINCE
}  // namespace real
#pragma GCC visibility pop

/// Finds all of them and lets the wrappers be quiet. Idempotent; not async-signal-safe (dlsym), so that it
/// must not be a handler that runs first: the constructor sees to that.
void prepare();

/// In the middle of prepare(), where dlsym may want memory.
bool preparing();

}  // namespace squall::preload
