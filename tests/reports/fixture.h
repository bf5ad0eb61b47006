// One run with everything that a reporter has to cope with: all outcomes, hostile text, hangs, leaks, deaths,
// storms.
#pragma once

#include "reports/result.h"

namespace squall::tests {

reports::RunResult run_of_everything();

/// Two cases, twenty times each; four of one fail.
reports::RunResult run_of_repetitions();

/// Nothing but passes, on few transports.
reports::RunResult run_of_passes();

/// `count` cases that fail alike.
reports::RunResult run_of_failures(std::size_t count);

/// 24 scenarios over 17 transports.
reports::RunResult run_of_many();

}  // namespace squall::tests
