// Evidence on its way from the process that gathered it to the one that judges: evidence.json and the
// recordings.
#pragma once

#include "harness/history/evidence.h"

#include <optional>
#include <string>

namespace squall::history {

/// Writes evidence.json into the directory; recordings are there already. False: the disk did not take it.
bool write_evidence(const Evidence&, const std::string& directory);

/// Reads evidence.json and every recording of the directory, merged. Nothing: the file is missing or
/// incomplete.
///
/// A foreign program records nothing. The channels it receives from and sends on become one channel, so that
/// what its neighbours recorded can be judged end to end.
std::optional<Evidence> read_evidence(const std::string& directory);

}  // namespace squall::history
