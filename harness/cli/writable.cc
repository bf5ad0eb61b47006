#include "harness/cli/writable.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

namespace squall::cli {
namespace {

/// 0: it can be written.
int errno_of_writing(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return EISDIR;
  if (std::filesystem::exists(path, error)) return access(path.c_str(), W_OK) == 0 ? 0 : errno;
  const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
  if (access(directory.c_str(), W_OK | X_OK) != 0) return errno;
  return std::filesystem::is_directory(directory, error) ? 0 : ENOTDIR;
}

}  // namespace

bool can_write_to(const std::string& path) {
  const int error = path.empty() ? 0 : errno_of_writing(path);
  if (error != 0) std::cerr << fmt::format("squall: cannot write {}: {}\n", path, strerror(error));
  return error == 0;
}

}  // namespace squall::cli
