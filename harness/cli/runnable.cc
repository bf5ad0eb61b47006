#include "harness/cli/runnable.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

namespace squall::cli {
namespace {

int errno_of_running(const std::filesystem::path& program) {
  struct stat status {};
  if (stat(program.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return EACCES;
  return access(program.c_str(), X_OK) == 0 ? 0 : errno;
}

/// As execvp(3) goes about it.
int errno_of_finding(const std::string& program) {
  const char* const path = getenv("PATH");
  std::istringstream directories(path == nullptr ? "/bin:/usr/bin" : path);
  int error = ENOENT;
  for (std::string directory; std::getline(directories, directory, ':');) {
    const int here = errno_of_running(std::filesystem::path(directory) / program);
    if (here == 0) return 0;
    if (here == EACCES) error = here;
  }
  return error;
}

}  // namespace

std::string obstacle_to_running(const std::vector<std::string>& command, const std::string& directory) {
  if (!directory.empty() && access(directory.c_str(), X_OK) != 0)
    return fmt::format("cannot enter {}: {}", directory, strerror(errno));
  const std::string& program = command.front();
  const int error = program.find('/') == program.npos
                        ? errno_of_finding(program)
                        : errno_of_running(std::filesystem::path(directory) / program);
  return error == 0 ? std::string() : fmt::format("cannot run {}: {}", program, strerror(error));
}

}  // namespace squall::cli
