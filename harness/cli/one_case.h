// One case out of a scenario file, for the commands that take one.
#pragma once

#include "harness/cli/cases.h"

#include <optional>
#include <string>
#include <vector>

namespace squall::cli {

/// Whether a command consists of a scenario file.
bool names_scenario(const std::vector<std::string>& command);

/// The cases of the file on these transports, or on all.
Selection select_file(const std::string& file, const std::vector<std::string>& transports);

/// The one case of a selection that can be run, or nothing after a complaint on stderr.
std::optional<Case> only_case(const Selection&, const std::string& file);

}  // namespace squall::cli
