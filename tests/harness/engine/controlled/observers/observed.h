// What tests of observers share: the observed programs, and the lines that are marked in them.
#pragma once

#include "tests/harness/child.h"
#include "tests/harness/engine/controlled/controlled.h"

namespace squall::tests {

inline controlled::Settings observed(const std::string& name) { return command({SQUALL_OBSERVED, name}); }

/// "observed_programs.cc:37": where the mark is.
inline std::string place_of(const std::string& mark) {
  std::ifstream file(std::string(SQUALL_SOURCE_DIR) +
                     "/tests/harness/engine/controlled/observers/observed_programs.cc");
  int number = 1;
  for (std::string line; std::getline(file, line); ++number)
    if (line.find("// " + mark) != line.npos) return "observed_programs.cc:" + std::to_string(number);
  return "no such mark";
}

}  // namespace squall::tests
