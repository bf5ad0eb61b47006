// Scenarios × transports at a glance.
#pragma once

#include "reports/result.h"
#include "reports/style.h"

#include <string>

namespace squall::reports {

/// A row a scenario, a column a transport over which anything was run, the worst outcome in each cell, a
/// blank where nothing was asked for. Never wider than the style or 100 columns: what does not fit goes into
/// a second table below. Empty for less than two cells.
std::string matrix(const RunResult&, const Style&);

}  // namespace squall::reports
