#include "harness/cli/commands.h"

#include <filesystem>
#include <fstream>

namespace squall::cli {
namespace {

constexpr const char* path = ".squall/failed";

}  // namespace

std::set<std::string> last_failures() {
  std::set<std::string> names;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) names.insert(line);
  return names;
}

/// What was not run this time keeps what was known of it.
void remember_failures(const reports::RunResult& run) {
  std::set<std::string> names = last_failures();
  for (const reports::CaseResult& result : run.cases) names.erase(result.name());
  for (const reports::CaseResult& result : run.cases)
    if (result.outcome != reports::Outcome::pass && result.outcome != reports::Outcome::unsupported)
      names.insert(result.name());
  std::ofstream file(path);
  for (const std::string& name : names) file << name << '\n';
}

}  // namespace squall::cli
