// A process of a scenario's case as the subject of a sweep.
//
// Every trial carries the case out anew, in a process and, where they are allowed, namespaces of its own.
// What is wrong is what the checkers say. A fault that cannot be retried may end processes with an error, and
// then nothing has to hold that would need them; but nobody may crash, the process itself may not hang, and
// nothing may be left behind.
#pragma once

#include "harness/engine/live/supervisor.h"
#include "harness/engine/sweep/trial.h"
#include "harness/history/evidence.h"
#include "harness/plan/plan.h"

#include <string>

namespace squall::cli {

/// `process` is a number of the plan. The place is that of place_in(directory, …).
sweep::Subject subject_of(const plan::Plan&, const live::Place&, const std::string& directory,
                          unsigned process);

/// Puts status and verdict into the outcome of a trial of that process, by its evidence.
void judge_trial(const history::Evidence&, unsigned process, sweep::Outcome&);

}  // namespace squall::cli
