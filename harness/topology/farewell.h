// What is done when this process is dead, whatever killed it: the removal of a directory that nobody else
// would remove.
//
// A process of its own waits for the end of a pipe, of which this process and all that it forks from now on
// hold the other end; it is nobody's child here, so that no waitpid() and no kill_all_children() meets it.
#pragma once

#include "ipc/descriptor.h"
#include "ipc/result.h"

#include <functional>

namespace squall::topology {

/// `duty` runs in that process once the descriptor and all its copies are closed; exec closes it. To be
/// called while the caller has one thread and is no child subreaper. Source: pipe(7), credentials(7).
Result<FileDescriptor> when_dead(const std::function<void()>& duty);

}  // namespace squall::topology
