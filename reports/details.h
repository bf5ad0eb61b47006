// All that the console tells about one case that did not hold.
#pragma once

#include "reports/groups.h"
#include "reports/style.h"

#include <string>

namespace squall::reports {

/// Several lines, each ended; the last one is the command that repeats the case. Of repetitions that came out
/// alike the first is told and the others are named.
std::string details(const Group&, const Style&, Verbosity);

/// The heading and the command only, for when there are too many to read.
std::string details_in_short(const Group&, const Style&);

}  // namespace squall::reports
