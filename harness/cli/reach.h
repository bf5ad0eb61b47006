// What the faults of a scenario can reach, in words: for `squall describe FILE`, `squall describe legality`
// and lint.
#pragma once

#include "harness/cli/cases.h"

#include <string>
#include <vector>

namespace squall::cli {

/// For every rule about calls and every transport: which calls it can happen at, or why it cannot.
std::string describe_reach(const scenario::Scenario&);

/// The legality table; only the rows about `call`, unless it is empty.
std::string describe_legality(std::string_view call);

/// One line an error: faults that can happen on no transport at all.
std::vector<scenario::Diagnostic> impossible_faults(const scenario::Scenario&);

}  // namespace squall::cli
