// faults-fired: a fault that never happened proves nothing, so a case whose rules did not all fire is never
// called valid. Never a violation. Linear.
#include "checkers/properties.h"
#include "checkers/witness.h"

#include <fmt/core.h>

namespace squall::checkers {

std::vector<Violation> check_faults_fired(const Evidence& evidence, Unknown& unknown) {
  std::vector<bool> fired(evidence.rules.size(), false);
  for (const history::Fired& fault : evidence.fired)
    if (fault.rule < fired.size()) fired[fault.rule] = true;
  for (unsigned rule : evidence.optional_rules)
    if (rule < fired.size()) fired[rule] = true;
  for (std::size_t i = 0; i < fired.size(); ++i)
    if (!fired[i]) unknown.push_back(fmt::format("a fault never happened: {}", evidence.rules[i]));
  return {};
}

}  // namespace squall::checkers
