#include "reports/groups.h"

#include <unordered_map>

namespace squall::reports {

int severity(Outcome outcome) {
  switch (outcome) {
    case Outcome::unsupported:
      return 0;
    case Outcome::pass:
      return 1;
    case Outcome::unknown:
      return 2;
    case Outcome::fail:
      return 3;
    case Outcome::broken:
      return 4;
  }
  return 4;
}

void Tally::add(const CaseResult& result) {
  ++runs;
  if (severity(result.outcome) > severity(Outcome::pass)) ++bad;
  if (severity(result.outcome) > severity(worst)) worst = result.outcome;
  duration_ns += result.duration_ns;
}

std::vector<Group> groups_of(const RunResult& run) {
  std::vector<Group> groups;
  std::unordered_map<std::string, std::size_t> index;
  for (const CaseResult& result : run.cases) {
    auto [at, fresh] = index.try_emplace(result.name(), groups.size());
    if (fresh) groups.emplace_back();
    groups[at->second].cases.push_back(&result);
    groups[at->second].tally.add(result);
  }
  return groups;
}

}  // namespace squall::reports
