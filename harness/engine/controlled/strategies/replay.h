// The same schedule again. Exactly: each step must be the one recorded, and the first that is not ends it
// ("diverged at step 7: expected …, got …"). Or as a guide, for another build or a schedule that never ran:
// each task makes its turns as the guide says where it can, and nothing ends it.
#pragma once

#include "harness/engine/controlled/schedule.h"

#include <memory>
#include <vector>

namespace squall::controlled {

/// Begins every execution anew. `schedule` is copied.
std::unique_ptr<Strategy> make_replay(const Schedule& schedule);

/// A departure from running each task for as long as it can and then the first that can run.
struct Turn {
  enum class Why : std::uint8_t {
    preempted,  ///< before the task's own step `own_step`, `next` goes on though the task could
    stopped,    ///< the task cannot go on after `own_step` steps of its own, and `next` is not the first that
                ///< can
    extra,      ///< the task's own step `own_step` is this signal, fault or timeout
  };
  Why why = Why::preempted;
  TaskId task = 0;
  std::uint64_t own_step = 0;
  TaskId next = no_task;
  EventKind kind = EventKind::call;  ///< of extras
  std::uint32_t variant = 0;
  bool operator==(const Turn&) const = default;
};
using Guide = std::vector<Turn>;

/// The guide that gives this schedule.
Guide guide_of(const Schedule&);
std::unique_ptr<Strategy> make_guided(Guide);

}  // namespace squall::controlled
