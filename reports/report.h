// The reporters: the result of a run in, text out. Pure functions that never fail; the caller decides where
// the text goes. FORMAT.md says what is in the files. The console, which is live, is in console.h.
#pragma once

#include "reports/result.h"

#include <string>

namespace squall::reports {

/// One JSON object and a newline.
std::string json(const RunResult&);

/// JUnit XML, a testsuite a scenario.
std::string junit(const RunResult&);

/// Workflow commands for GitHub Actions, a line each, to be written to stdout or stderr.
std::string github(const RunResult&);

/// Whether GITHUB_ACTIONS says that somebody reads workflow commands.
bool in_github_actions();

}  // namespace squall::reports
