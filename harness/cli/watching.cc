#include "harness/cli/watching.h"

#include "harness/engine/controlled/names.h"

namespace squall::cli {

Watching::Watching(const std::vector<std::string>& rules, const std::string& directory)
    : judged_(controlled::judged_by(rules)), oracles_(judged_, controlled::hide_names(directory)) {}

void Watching::join(controlled::Settings& settings) {
  settings.observers.push_back(&crash_);
  settings.observers.push_back(&oracles_);
  const std::vector<std::string> rules = controlled::rules_of(judged_);
  settings.rules.insert(settings.rules.end(), rules.begin(), rules.end());
}

}  // namespace squall::cli
