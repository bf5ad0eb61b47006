// Names of objects that are ours alone: what a traced program puts into /dev/shm, makes as a message queue or
// as a System V object meets neither what is there already nor what another worker's program does, and is
// gone when we are, whatever ends us.
#pragma once

#include <string>

namespace squall::controlled {

/// Moves the calling process, which has one thread, and its future children into IPC and mount namespaces of
/// their own. False: that is not allowed here, or `directory` lies in /dev/shm.
/// Sources: ipc_namespaces(7), mount_namespaces(7).
bool hide_names(const std::string& directory);

}  // namespace squall::controlled
