#include "harness/topology/census.h"

#include "harness/topology/spawn.h"

#include <fmt/format.h>
#include <mqueue.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

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
  std::string text;
  std::getline(file, text);  // which does not throw when the process dies under the read
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

/// The names in a directory that are the case's.
std::vector<std::string> names_in(const std::string& directory, const Census& census) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (census.isolated || name.find(census.prefix + "-") != std::string::npos) names.push_back(name);
  }
  return names;
}

void count_shared_memory(const Census& census, Leaks& leaks) {
  for (const std::string& name : names_in("/dev/shm", census))
    leaks.push_back({name.starts_with("sem.") ? "semaphore" : "segment", "/dev/shm/" + name});
}

/// The file system of the queues: where the machine has it, or where we mount it for as long as we look.
/// Mounting is for those who have namespaces of their own.
class QueueDirectory {
 public:
  explicit QueueDirectory(const Census& census) : path_(usual) {
    if (access(usual, F_OK) == 0 || !census.isolated) return;
    path_ = census.directory + "/mqueue";
    mounted_ = mkdir(path_.c_str(), 0700) == 0 && mount("mqueue", path_.c_str(), "mqueue", 0, nullptr) == 0;
  }
  QueueDirectory(const QueueDirectory&) = delete;
  QueueDirectory& operator=(const QueueDirectory&) = delete;
  ~QueueDirectory() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
    if (path_ != usual) rmdir(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  static constexpr const char* usual = "/dev/mqueue";

  std::string path_;
  bool mounted_ = false;
};

void count_queues(const Census& census, Leaks& leaks) {
  const QueueDirectory directory(census);
  for (const std::string& name : names_in(directory.path(), census))
    leaks.push_back({"queue", "POSIX queue /" + name});
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
  count_queues(census, leaks);
  count_shared_memory(census, leaks);
  count_files(census, leaks);
  return leaks;
}

void remove_names(const std::string& prefix) {
  const Census census{{}, prefix, false, {}};
  for (const std::string& name : names_in("/dev/shm", census)) unlink(("/dev/shm/" + name).c_str());
  for (const std::string& name : names_in(QueueDirectory(census).path(), census))
    mq_unlink(("/" + name).c_str());
}

}  // namespace squall::topology
