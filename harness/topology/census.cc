#include "harness/topology/census.h"

#include "harness/topology/spawn.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace squall::topology {
namespace {

namespace fs = std::filesystem;
using Leaks = std::vector<history::Leak>;

std::string command_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::string name;
  std::getline(file, name);
  return name;
}

bool is_zombie(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::size_t end = text.rfind(')');
  return end == std::string::npos || text.size() < end + 3 || text[end + 2] == 'Z';
}

void count_processes(Leaks& leaks) {
  for (pid_t child : children())
    if (!is_zombie(child)) leaks.push_back({"process", fmt::format("{} (pid {})", command_of(child), child)});
}

/// The first two columns of /proc/sysvipc/*: key and identifier.
void count_sysv(const char* table, const char* kind, Leaks& leaks) {
  std::ifstream file(fmt::format("/proc/sysvipc/{}", table));
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream columns(line);
    long key = 0, identifier = 0;
    if (columns >> key >> identifier)
      leaks.push_back(
          {kind, fmt::format("System V {}, key {:#x}, id {}", kind, static_cast<unsigned>(key), identifier)});
  }
}

std::string kind_of_file(const fs::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return {};
  if (S_ISFIFO(status.st_mode)) return "fifo";
  if (S_ISSOCK(status.st_mode)) return "socket";
  return "file";
}

bool is_semaphore(const std::string& name) { return name.starts_with("sem."); }

void count_names(const char* directory, const Census& census, Leaks& leaks) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (!census.isolated && name.find(census.prefix + "-") == std::string::npos) continue;
    const char* kind = std::string_view(directory) == "/dev/mqueue" ? "queue"
                       : is_semaphore(name)                         ? "semaphore"
                                                                    : "segment";
    leaks.push_back({kind, entry.path()});
  }
}

/// Directories that cannot be read are passed over: what is in them is not known.
void count_files(const Census& census, Leaks& leaks) {
  std::error_code error, unreadable;
  fs::recursive_directory_iterator entry(census.directory, fs::directory_options::skip_permission_denied,
                                         error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (std::count(census.ignored.begin(), census.ignored.end(), name) != 0) continue;
    if (!entry->is_directory(unreadable)) leaks.push_back({kind_of_file(entry->path()), entry->path()});
  }
}

}  // namespace

Leaks take_census(const Census& census) {
  Leaks leaks;
  count_processes(leaks);
  if (census.isolated) {
    count_sysv("msg", "queue", leaks);
    count_sysv("shm", "segment", leaks);
    count_sysv("sem", "semaphore", leaks);
  }
  count_names("/dev/mqueue", census, leaks);
  count_names("/dev/shm", census, leaks);
  count_files(census, leaks);
  return leaks;
}

}  // namespace squall::topology
