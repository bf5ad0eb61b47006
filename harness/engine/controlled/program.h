// What a program is given at exec so that it runs the same every time: no vDSO, which would tell the time
// without asking, its own random bytes, and no time stamp counter but ours.
//
// Sources: getauxval(3), Documentation/ABI/stable/vdso, prctl(2) PR_SET_TSC.
#pragma once

#include "harness/engine/controlled/space.h"

#include <cstdint>

namespace squall::controlled {

/// At its exec, before its first instruction. Notes where a `syscall` instruction is.
void prepare_program(pid_t, AddressSpace&);

/// If the task has been stopped by rdtsc or rdtscp: gives it a value made of `steps`, moves it on, and is
/// true.
bool emulate_time_stamp(pid_t, std::uint64_t steps);

}  // namespace squall::controlled
