// Where things are: the worker beside squall, the peers, the scenarios, in a build tree and when installed.
#pragma once

#include <string>

namespace squall::cli {

std::string worker_program();
std::string preload_library();
std::string peers_directory();      ///< programs that scenarios/broken runs
std::string scenarios_directory();  ///< what is run when nothing is named; empty when it is nowhere

}  // namespace squall::cli
