// What the faults of a scenario can reach, in words: for `squall describe FILE`, `squall describe legality`
// and lint.
#pragma once

#include "harness/cli/cases.h"

#include <string>
#include <vector>

namespace squall::cli {

/// For every rule about calls and every transport: which calls it can happen at, or why it cannot.
std::string describe_reach(const scenario::Scenario&);

/// The legality table; only the rows about a call, or a group of them, unless the word is empty. Of a word
/// that is neither, what it was probably meant to be is the error.
tl::expected<std::string, std::string> describe_legality(std::string_view word);

/// One line an error: faults that can happen on no transport at all.
std::vector<scenario::Diagnostic> impossible_faults(const scenario::Scenario&);

}  // namespace squall::cli
