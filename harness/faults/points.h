// libfiu's control: who is told when a named point in the code is passed. The only room that includes
// fiu-control.h.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace squall::faults {

/// Called in the thread that passes the point, inside libfiu's read lock: it must not arm or disarm points.
/// True makes the point fail.
using PointObserver = std::function<bool(std::string_view name)>;

/// Arms one point for the rest of the process's life. One observer a process; the last one given is told.
void watch_point(const std::string& name, PointObserver observer);

}  // namespace squall::faults
