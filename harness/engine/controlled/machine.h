// The machine that traced programs believe to be on: its random numbers come from a seed, and what the tracer
// has done to its scheduler and its limits is not seen; see scheduler.h.
//
// Sources: getcpu(2), getrlimit(2), getrandom(2), random(4), prctl(2) PR_SET_DUMPABLE.
#pragma once

#include "harness/engine/controlled/task.h"

#include <cstdint>
#include <optional>

namespace squall::controlled {

/// Whether the tracer answers this call at all, so that nobody looks further.
bool answers(const CallAtEntry&);

/// If the call at whose entry the task is asks the machine for such a thing: answers it, and is true.
bool answer_about_machine(Task&, Registers&);

/// The same for a call that is a schedule point, when its turn has come: gives its result. The scheduler,
/// random devices, and what would hide the program from the tracer. `tasks`: all that are traced.
std::optional<std::int64_t> answer_as_machine(Task&, const TaskTable& tasks);

}  // namespace squall::controlled
