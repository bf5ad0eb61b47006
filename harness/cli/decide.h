// From evidence to outcome: the one place where a verdict meets what the scenario expects.
#pragma once

#include "harness/scenario/scenario.h"
#include "reports/result.h"

namespace squall::cli {

/// Judges result.evidence and sets verdict, outcome and reason. A scenario that `violates` properties passes
/// when exactly those are found violated.
void decide(reports::CaseResult&, const scenario::Scenario&);

}  // namespace squall::cli
