// Whether a task that was let go is asleep: the kernel does all blocking, and a task that blocks does not
// stop.
//
// Sources: proc(5), kernel/sched/core.c (a wake-up makes its task runnable before the waker goes on; of
// a task that is not running wait_task_inactive() waits until it is off its queue).
#pragma once

#include "harness/engine/controlled/task.h"

#include <span>

namespace squall::controlled {

/// One look at each: 'S', or 'D' for a parent that waits for its vforked child. Others are not asleep: a task
/// in disk sleep goes on by itself.
bool looks_asleep(Task&);

/// Its state letter as in proc(5); '?' when it is gone.
char state_letter(Task&);

/// All of them are asleep, and nothing but a parked task, a timer or the outside can wake one. With `ordered`
/// whoever could run would have run before the caller, so one look is enough; without, two looks have to find
/// them asleep with nobody having run in between.
bool all_asleep(std::span<Task* const>, bool ordered);

}  // namespace squall::controlled
