#include "ipc/points.h"

namespace squall::ipc {

std::span<const PointName> point_names() {
  static constexpr PointName names[] = {
      {"ipc/pipe/write", "a pipe or FIFO is about to be written"},
  };
  return names;
}

}  // namespace squall::ipc
