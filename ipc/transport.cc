#include "ipc/transport.h"

namespace squall::ipc {
}  // namespace squall::ipc
