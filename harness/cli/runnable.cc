#include "harness/cli/runnable.h"

#include "harness/engine/controlled/launch.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace squall::cli {
namespace {

int errno_of_running(const std::filesystem::path& program) {
  struct stat status {};
  if (stat(program.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return EACCES;
  return access(program.c_str(), X_OK) == 0 ? 0 : errno;
}

}  // namespace

std::string obstacle_to_running(const std::vector<std::string>& command, const std::string& directory) {
  if (!directory.empty() && access(directory.c_str(), X_OK) != 0)
    return fmt::format("cannot enter {}: {}", directory, strerror(errno));
  const std::string program = controlled::found_in_path(command.front());
  const bool is_found = program.find('/') != program.npos;
  const int error = is_found ? errno_of_running(std::filesystem::path(directory) / program) : ENOENT;
  return error == 0 ? std::string() : fmt::format("cannot run {}: {}", command.front(), strerror(error));
}

}  // namespace squall::cli
