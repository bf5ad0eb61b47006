// Histories as a drawing: a line a process, a bar an operation, the contradiction in colour. One HTML page
// that needs nothing else: no script, no font, no network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace squall::reports {

struct TimelineOperation {
  std::string process;
  std::string text;  ///< "writes 4"
  std::string when;
  std::uint64_t invoke = 0;
  std::uint64_t ret = 0;
  bool pending = false;     ///< `ret` means nothing
  std::string letter;       ///< of the witness; empty: it is only there for comparison
  std::uint32_t place = 0;  ///< in the longest order, from 1; 0: it has none
};

struct Timeline {
  std::string title;
  std::string outcome;  ///< "violated"
  std::string why;
  std::vector<TimelineOperation> operations;
  std::size_t left_out = 0;  ///< operations of the history that are not drawn
};

/// The whole page. Any text may be in the fields.
std::string timeline_html(const std::vector<Timeline>&);

}  // namespace squall::reports
