// Something to happen when code reaches one of ipc/'s points: for children, which die or are held there.
#pragma once

#include "ipc/points.h"

#include <fiu-control.h>

#include <csignal>
#include <functional>
#include <string>
#include <utility>

namespace squall::ipc::test {

struct PointAction {
  int visits_before = 0;
  std::function<void()> action;
};

inline PointAction& point_action() {
  static PointAction one;
  return one;
}

/// From now on, in this process, `action` runs at the nth visit of the point. One point at a time.
inline void at_point(const char* point, int nth, std::function<void()> action) {
  point_action() = {nth - 1, std::move(action)};
  fiu_init(0);
  fiu_enable_external(point, 1, nullptr, 0, [](const char*, int*, void**, unsigned*) {
    if (point_action().visits_before-- == 0) point_action().action();
    return 0;
  });
  points_armed.store(true);
}

inline void no_more(const char* point) {
  points_armed.store(false);
  fiu_disable(point);
}

inline void die_at(const char* point, int nth = 1) {
  at_point(point, nth, [] { ::raise(SIGKILL); });
}

}  // namespace squall::ipc::test
