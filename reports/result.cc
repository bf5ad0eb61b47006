#include "reports/result.h"

#include <algorithm>

namespace squall::reports {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "pass";
    case Outcome::fail:
      return "fail";
    case Outcome::unknown:
      return "unknown";
    case Outcome::broken:
      return "broken";
    case Outcome::unsupported:
      return "unsupported";
  }
  return "broken";
}

std::size_t RunResult::count(Outcome outcome) const {
  return static_cast<std::size_t>(std::count_if(
      cases.begin(), cases.end(), [outcome](const CaseResult& result) { return result.outcome == outcome; }));
}

int exit_code(const RunResult& run) {
  if (run.count(Outcome::broken) > 0) return 3;
  if (run.count(Outcome::fail) > 0) return 1;
  if (run.count(Outcome::unknown) > 0 || run.interrupted) return 5;
  return run.count(Outcome::pass) > 0 ? 0 : 4;
}

}  // namespace squall::reports
