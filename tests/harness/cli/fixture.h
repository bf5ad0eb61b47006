// The program itself, run in a directory of its own.
#pragma once

#include "tests/harness/child.h"

#include <string>

namespace squall::tests {

struct Said {
  int status = -1;
  std::string out, err;
};

/// Runs `squall` with these words of a shell in `directory`; status -1 when it is not over within the bound.
Said squall_in(const std::string& directory, const std::string& words,
               std::uint64_t bound_ns = 30 * second_ns);

/// The smallest scenario file.
std::string scenario_text(const std::string& name, const std::string& tags = "[example]");

}  // namespace squall::tests
