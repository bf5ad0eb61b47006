#include "harness/cli/one_case.h"

#include "harness/cli/commands.h"
#include "harness/cli/paths.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <iostream>

namespace squall::cli {

bool names_scenario(const std::vector<std::string>& command) {
  return command.size() == 1 && (command[0].ends_with(".yaml") || command[0].ends_with(".yml"));
}

bool has_misplaced_transports(const std::vector<std::string>& command,
                              const std::vector<std::string>& transports) {
  if (transports.empty() || names_scenario(command)) return false;
  std::cerr << "squall: -t is for scenarios, not for commands\n";
  return true;
}

Selection select_file(const std::string& file, const std::vector<std::string>& transports) {
  Selector selector;
  selector.words = {file};
  selector.transports = transports;
  return select(selector);
}

std::optional<Case> only_case(const Selection& selection, const std::string& file) {
  if (complain(selection) != Exit::held) return std::nullopt;
  std::vector<std::string> transports;
  std::optional<Case> found;
  for (const Case& one : selection.cases) {
    if (!one.left_out.empty()) continue;
    transports.push_back(one.transport_name());
    found = one;
  }
  if (transports.size() == 1) return found;
  std::cerr << (transports.empty() ? fmt::format("squall: {}: nothing in it can run here\n", file)
                                   : fmt::format("squall: {}: choose one transport with -t: {}\n", file,
                                                 fmt::join(transports, ", ")));
  return std::nullopt;
}

live::Place place_in(const std::string& directory, bool isolated) {
  return {directory + "/evidence",
          directory + "/work",
          worker_program(),
          peers_directory(),
          preload_library(),
          std::filesystem::path(directory).filename(),
          isolated};
}

void empty(const live::Place& place) {
  for (const std::string& directory : {place.evidence, place.work}) {
    std::error_code error;
    std::filesystem::remove_all(directory, error);
    std::filesystem::create_directories(directory, error);
  }
}

}  // namespace squall::cli
