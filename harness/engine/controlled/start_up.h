// What programs do before they do anything: load and link. Nobody else can tell whether it has happened.
#pragma once

#include "harness/engine/controlled/task.h"

namespace squall::controlled {

/// Whether the call at whose entry the task is belongs to start-up: it reads what is installed, or concerns
/// the process alone.
bool is_start_up(const Task&);

/// The same for a call that tells what only others could have changed meanwhile: while there are none, it is
/// no schedule point.
bool asks_of_itself(const Task&);
/// A mapping of a file that somebody could cut short; not of what is installed.
bool maps_file(const Task&);
/// fstat(), as libraries make it: newfstatat without a path.
bool asks_about_descriptor(const Task&);

}  // namespace squall::controlled
