// One case out of a scenario file, for the commands that take one and carry it out again and again.
#pragma once

#include "harness/cli/cases.h"
#include "harness/engine/live/supervisor.h"

#include <optional>
#include <string>
#include <vector>

namespace squall::cli {

/// Whether a command consists of a scenario file.
bool names_scenario(const std::vector<std::string>& command);

/// Says on stderr when there are some for a command, which has none.
bool has_misplaced_transports(const std::vector<std::string>& command,
                              const std::vector<std::string>& transports);

/// The cases of the file on these transports, or on all.
Selection select_file(const std::string& file, const std::vector<std::string>& transports);

/// The one case of a selection that can be run, or nothing after a complaint on stderr.
std::optional<Case> only_case(const Selection&, const std::string& file);

/// Where it is carried out: below a directory, after whose name its own names begin.
live::Place place_in(const std::string& directory, bool isolated);
/// As it is to be before each time.
void empty(const live::Place&);

}  // namespace squall::cli
