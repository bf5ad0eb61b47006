// The line that says how far a run has come.
#pragma once

#include "reports/style.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace squall::reports {

struct Progress {
  std::size_t done = 0;
  std::size_t total = 0;  ///< 0: not known
  std::size_t bad = 0;    ///< failed, unknown or broken
  std::vector<std::string> running;
  std::uint64_t elapsed_ns = 0;
};

/// One line without control characters other than colours, at most `style.width − 1` columns wide.
std::string progress_line(const Progress&, const Style&);

}  // namespace squall::reports
