// Whether a file can be written, before hours are spent on what is to be in it.
#pragma once

#include <string>

namespace squall::cli {

/// Says on stderr why not: "cannot write /nonexist/x: No such file or directory". No path at all is right,
/// and nothing is created.
bool can_write_to(const std::string& path);

}  // namespace squall::cli
