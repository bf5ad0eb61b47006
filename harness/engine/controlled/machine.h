// The machine that traced programs believe to be on: it has processors to spare, its random numbers come from
// a seed, and whoever asks for another scheduler gets it.
//
// Sources: sched_setaffinity(2), getrandom(2).
#pragma once

#include "harness/engine/controlled/task.h"

namespace squall::controlled {

/// Whether the tracer answers this call at all, so that nobody looks further.
bool answers(long number);

/// If the call at whose entry the task is asks the machine for such a thing: answers it, and is true.
bool answer_about_machine(Task&, Registers&);

}  // namespace squall::controlled
