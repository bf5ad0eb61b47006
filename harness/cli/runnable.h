// Whether a command can be run at all, before anybody searches it or blames it.
#pragma once

#include <string>
#include <vector>

namespace squall::cli {

/// "cannot run ./race: No such file or directory", or why its directory cannot be entered; empty: it can be
/// run, as far as its file tells. An empty directory is the current one.
std::string obstacle_to_running(const std::vector<std::string>& command, const std::string& directory = {});

}  // namespace squall::cli
