// The decision log: what a diary holds, counted and as text.
#pragma once

#include "harness/faults/page.h"
#include "harness/plan/plan.h"

#include <ostream>
#include <vector>

namespace squall::live {

/// What became of one rule in one process.
struct Tally {
  std::uint64_t done = 0;
  std::uint64_t missed = 0;
  std::uint64_t refused = 0;
  std::uint64_t first_nth = 0;  ///< of those done
  std::uint64_t first_ns = 0;
};
Tally tally_of(const faults::Diary&, unsigned rule);

/// One JSON object a line, sorted by key and without times: two runs of the same plan write the same line for
/// every key that both reached. Values are what was drawn: ns of delay, errno, signal, and of a short
/// transfer the permille, since the bytes that are asked for may differ. `rules`: the plan's number of each
/// rule of the page.
void write_decisions(const plan::Plan&, const std::vector<unsigned>& rules, unsigned process,
                     const faults::Diary&, const faults::RulePage&, std::ostream&);

}  // namespace squall::live
