#include "harness/cli/watching.h"

namespace squall::cli {

Watching::Watching(const std::vector<std::string>& rules, const Surroundings& surroundings)
    : scenario_(surroundings.scenario),
      judged_(controlled::judged_by(rules)),
      oracles_(judged_, surroundings.isolated) {}

void Watching::join(controlled::Settings& settings) {
  if (scenario_ != nullptr) return scenario_->join(settings);
  settings.observers.push_back(&crash_);
  settings.observers.push_back(&oracles_);
  const std::vector<std::string> rules = controlled::rules_of(judged_);
  settings.rules.insert(settings.rules.end(), rules.begin(), rules.end());
}

}  // namespace squall::cli
