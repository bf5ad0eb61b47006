// The scheduler that traced programs believe to have: it has processors to spare, and whoever asks it for
// something, for himself or for others, gets it.
//
// Nothing of it is told the kernel; each task's fields are what it believes. Of those that are not traced it
// is only known whether they are there. Sources: sched_setaffinity(2), sched_setattr(2), sched_setparam(2),
// getpriority(2), kernel/sys.c.
#pragma once

#include "harness/engine/controlled/task.h"

#include <cstdint>

namespace squall::controlled {

bool is_about_scheduler(long number);

/// The result of the call, which is about the scheduler, at whose entry the task is.
std::uint64_t answer_about_scheduler(Task&, const TaskTable&);

/// What a child believes to have.
Scheduling inherited(Scheduling of_parent);

/// The processors that it may run on, one bit each; at least one.
std::uint64_t affinity_of(const Task&);

}  // namespace squall::controlled
