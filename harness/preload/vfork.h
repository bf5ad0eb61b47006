// vfork, which cannot be wrapped as others are.
#pragma once

#include "harness/preload/libc.h"

#include <cstdint>

extern "C" {
/// What vfork jumps to: libc's, once that is known. Until then fork, which may stand for it.
extern __attribute__((visibility("hidden"))) decltype(&::vfork) squall_vfork;
/// What it counts on the way.
extern __attribute__((visibility("hidden"))) std::uint64_t* squall_vfork_count;
}
