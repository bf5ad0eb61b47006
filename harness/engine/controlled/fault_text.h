// A fault rule as text: the flow-style YAML of a scenario's fault, read by the loader of scenarios.
//
// `at` is the name of a program, as it was started, one process of it, or all; left out, it is all. Actions
// that need the channels or the workers of a scenario (close, fill, fail, clock) are refused.
#pragma once

#include "harness/engine/controlled/fault_rules.h"
#include "harness/scenario/load.h"

#include <tl/expected.hpp>

#include <string>

namespace squall::controlled {

/// Or what is wrong with it, in words. Words that the vocabulary does not know are refused; an empty list of
/// it knows every word.
tl::expected<FaultRule, std::string> read_fault(const std::string& text, const scenario::Vocabulary&);

}  // namespace squall::controlled
