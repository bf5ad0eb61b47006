#include "harness/engine/controlled/task.h"

#include <fcntl.h>

namespace squall::controlled {

/// Half the price of process_vm_readv().
const FileDescriptor& memory_of(Task& task) {
  if (!task.memory)
    task.memory.reset(open(("/proc/" + std::to_string(task.tid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  return task.memory;
}

}  // namespace squall::controlled
