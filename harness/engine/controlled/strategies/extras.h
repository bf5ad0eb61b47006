// Signals, faults and early timeouts for strategies that only know how to choose between tasks: the inner
// strategy sees plain candidates, and at a few points of an execution, drawn over as many as there were
// before, an extra one is taken instead. Where there are no plain candidates, an extra one is all that can
// happen.
#pragma once

#include "harness/engine/controlled/strategy.h"

#include <memory>

namespace squall::controlled {

/// At most `bound` of them an execution, less what `spent` points to when it begins, unless it is null.
std::unique_ptr<Strategy> with_extras(std::unique_ptr<Strategy> inner, unsigned bound,
                                      const unsigned* spent = nullptr);

}  // namespace squall::controlled
