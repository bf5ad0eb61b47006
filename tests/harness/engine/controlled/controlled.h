// What tests of the controlled engine share: a program of the corpus, explored.
#pragma once

#include "harness/engine/controlled/explorer.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace squall::tests {

inline bool is_full_run() { return getenv("SQUALL_FULL") != nullptr; }

/// controlled-programs NAME [fixed]
inline controlled::Settings program(const std::string& name, bool fixed = false) {
  controlled::Settings settings;
  settings.command.words = {SQUALL_PROGRAMS, name};
  if (fixed) settings.command.words.push_back("fixed");
  settings.command.environment = controlled::plain_environment();
  return settings;
}

inline controlled::Settings command(std::vector<std::string> words) {
  controlled::Settings settings;
  settings.command.words = std::move(words);
  settings.command.environment = controlled::plain_environment();
  return settings;
}

inline controlled::Exploration explored(const controlled::Settings& settings, std::uint64_t runs,
                                        const std::string& strategy = "surw") {
  controlled::Search search;
  search.strategy = strategy;
  search.seed = 7;
  search.most_runs = runs;
  return controlled::Explorer(settings).explore(search);
}

}  // namespace squall::tests
