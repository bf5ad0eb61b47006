#include "harness/faults/points.h"

#include "ipc/points.h"

#include <fiu-control.h>
#include <fiu.h>

#include <utility>

namespace squall::faults {
namespace {

PointObserver& current_observer() {
  static PointObserver observer;
  return observer;
}

int on_point(const char* name, int*, void**, unsigned int*) { return current_observer()(name) ? 1 : 0; }

}  // namespace

void watch_point(const std::string& name, PointObserver observer) {
  current_observer() = std::move(observer);
  static const int initialised = fiu_init(0);
  static_cast<void>(initialised);
  fiu_enable_external(name.c_str(), 1, nullptr, 0, on_point);
  ipc::points_armed.store(true, std::memory_order_relaxed);
}

}  // namespace squall::faults
