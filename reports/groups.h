// The cases of a run by scenario and transport: the repetitions of one case together.
#pragma once

#include "reports/result.h"

#include <cstddef>
#include <string>
#include <vector>

namespace squall::reports {

/// Higher is worse: unsupported, pass, unknown, fail, broken.
int severity(Outcome);

/// What became of the repetitions of one case.
struct Tally {
  std::size_t runs = 0;
  std::size_t bad = 0;  ///< neither passed nor unsupported
  Outcome worst = Outcome::unsupported;
  std::uint64_t duration_ns = 0;

  void add(const CaseResult&);
};

/// Borrows its cases from the run.
struct Group {
  std::vector<const CaseResult*> cases;
  Tally tally;

  const CaseResult& first() const { return *cases.front(); }
};

/// In the order in which the cases first appear.
std::vector<Group> groups_of(const RunResult&);

}  // namespace squall::reports
