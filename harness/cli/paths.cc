#include "harness/cli/paths.h"

#include <filesystem>
#include <initializer_list>

#ifndef SQUALL_DATA_DIR
#define SQUALL_DATA_DIR ""
#endif

namespace squall::cli {
namespace {

namespace fs = std::filesystem;

fs::path program_directory() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

std::string first_existing(std::initializer_list<fs::path> candidates) {
  std::error_code error;
  for (const fs::path& candidate : candidates)
    if (fs::exists(candidate, error)) return fs::weakly_canonical(candidate, error);
  return {};
}

}  // namespace

std::string worker_program() {
  return first_existing(
      {program_directory() / "squall-worker", program_directory() / "../libexec/squall/squall-worker"});
}

std::string preload_library() {
  return first_existing({program_directory() / "libsquall-preload.so",
                         program_directory() / "../libexec/squall/libsquall-preload.so"});
}

std::string peers_directory() {
  return first_existing({program_directory() / "peers", program_directory() / "../libexec/squall/peers"});
}

std::string scenarios_directory() {
  return first_existing({"scenarios", program_directory() / "../share/squall/scenarios", SQUALL_DATA_DIR});
}

}  // namespace squall::cli
