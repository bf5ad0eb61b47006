#include "harness/cli/decide.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace squall::cli {
namespace {

using checkers::Verdict;
using reports::Outcome;

/// Whether the case was put under a fire that never touched it.
bool fire_went_out(const history::Evidence& evidence) {
  return !evidence.optional_rules.empty() &&
         std::none_of(evidence.fired.begin(), evidence.fired.end(), [&](const history::Fired& fault) {
           return std::count(evidence.optional_rules.begin(), evidence.optional_rules.end(), fault.rule) != 0;
         });
}

void decide_as_expected(reports::CaseResult& result) {
  switch (result.verdict.kind) {
    case Verdict::Kind::valid:
      result.outcome = Outcome::pass;
      if (!fire_went_out(result.evidence)) break;
      result.outcome = Outcome::unsupported;
      result.reason = "nothing of the fire happened in this run";
      break;
    case Verdict::Kind::invalid:
      result.outcome = Outcome::fail;
      break;
    case Verdict::Kind::unknown:
      result.outcome = Outcome::unknown;
      result.reason = fmt::format("{}", fmt::join(result.verdict.unknown, "; "));
  }
}

void decide_must_violate(reports::CaseResult& result, const std::vector<std::string>& violates) {
  const std::set<std::string> wanted(violates.begin(), violates.end());
  std::set<std::string> found;
  for (const checkers::Violation& violation : result.verdict.violations) found.insert(violation.property);
  result.outcome = found == wanted ? Outcome::pass : Outcome::fail;
  if (found == wanted) return;
  result.reason = fmt::format("must violate {}, and violated {}", fmt::join(wanted, ", "),
                              found.empty() ? "nothing" : fmt::format("{}", fmt::join(found, ", ")));
  if (result.verdict.violations.empty())
    result.verdict.violations.push_back({*wanted.begin(), "it was not violated: " + result.reason});
}

}  // namespace

void decide(reports::CaseResult& result, const scenario::Scenario& scenario) {
  if (!result.evidence.broken.empty()) {
    result.outcome = Outcome::broken;
    result.reason = result.evidence.broken;
    return;
  }
  result.verdict = checkers::judge(result.evidence);
  if (scenario.violates.empty())
    decide_as_expected(result);
  else
    decide_must_violate(result, scenario.violates);
}

}  // namespace squall::cli
