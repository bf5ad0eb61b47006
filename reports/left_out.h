// Why some combinations of scenario and transport were not run.
#pragma once

#include "reports/result.h"
#include "reports/style.h"

#include <string>

namespace squall::reports {

/// "left out: 23 combinations", then each reason and whom it concerns. Everything unsupported appears,
/// however much it is; empty when nothing was left out.
std::string left_out(const RunResult&, const Style&);

}  // namespace squall::reports
