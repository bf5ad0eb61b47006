#include "harness/engine/controlled/oracles/objects_left.h"

#include "harness/engine/controlled/program_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace squall::controlled {
namespace {

namespace fs = std::filesystem;

struct Family {
  const char* name;
  const char* list;
  void (*remove)(int id);
};

const Family families[] = {
    {"message queue", "/proc/sysvipc/msg", [](int id) { msgctl(id, IPC_RMID, nullptr); }},
    {"shared memory segment", "/proc/sysvipc/shm", [](int id) { shmctl(id, IPC_RMID, nullptr); }},
    {"semaphore set", "/proc/sysvipc/sem", [](int id) { semctl(id, 0, IPC_RMID); }},
};

constexpr const char* memory_folder = "/dev/shm";

/// "System V message queue 3 (key 0x1234)", with what removes it.
template <typename Function>
void for_each_of(const Family& family, Function each) {
  std::ifstream file(family.list);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream words(line);
    long key = 0;
    int id = 0;
    if (words >> key >> id)
      each(fmt::format("System V {} {} (key {:#x})", family.name, id, static_cast<std::uint32_t>(key)), id);
  }
}

template <typename Function>
void for_each_memory(Function each) {
  std::error_code error;
  for (fs::directory_iterator at(memory_folder, error), end; !error && at != end; at.increment(error))
    each(fmt::format("POSIX shared memory /{}", at->path().filename().string()), at->path());
}

bool is_queue(const std::string& name) {
  const mqd_t queue = mq_open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (queue >= 0) mq_close(queue);
  return queue >= 0;
}

bool makes_fifo(const CallAtEntry& call) {
  const std::uint64_t mode = call.arguments[call.number == SYS_mknod ? 1 : 2];
  return (call.number == SYS_mknod || call.number == SYS_mknodat) && S_ISFIFO(mode);
}

bool is_fifo(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

}  // namespace

void ObjectsLeft::begin() {
  before_.clear();
  fifos_.clear();
  queues_.clear();
  if (!names_are_ours_) return;
  for (const Family& family : families)
    for_each_of(family, [&](const std::string& name, int) { before_.insert(name); });
  for_each_memory([&](const std::string& name, const fs::path&) { before_.insert(name); });
}

void ObjectsLeft::note_call(const Task& task) {
  if (makes_fifo(task.call) && task.process) note_fifo(task);
  if (task.call.number == SYS_mq_open && (task.call.arguments[1] & O_CREAT) != 0) note_queue(task);
}

void ObjectsLeft::note_queue(const Task& task) {
  const std::string name = "/" + program_text(task, task.call.arguments[0]);
  if (!is_queue(name)) queues_.insert(name);
}

void ObjectsLeft::note_fifo(const Task& task) {
  const bool at = task.call.number == SYS_mknodat;
  const auto directory = static_cast<int>(task.call.arguments[0]);
  std::string path = program_text(task, task.call.arguments[at ? 1 : 0]);
  if (path.empty()) return;
  const std::string base = at && directory != AT_FDCWD ? fmt::format("fd/{}", directory) : "cwd";
  std::error_code error;
  const fs::path folder = fs::read_symlink(fmt::format("/proc/{}/{}", task.process->pid, base), error);
  path = (folder / path).lexically_normal();
  if (!fs::exists(fs::symlink_status(path, error))) fifos_.insert(path);
}

std::vector<std::string> ObjectsLeft::take() {
  std::vector<std::string> left;
  for (const std::string& path : fifos_)
    if (is_fifo(path)) left.push_back("FIFO " + path);
  take_posix_queues(left);
  if (!names_are_ours_) return left;
  for (const Family& family : families)
    for_each_of(family, [&](const std::string& name, int id) {
      if (before_.count(name) != 0) return;
      left.push_back(name);
      family.remove(id);
    });
  for_each_memory([&](const std::string& name, const fs::path& path) {
    if (before_.count(name) != 0) return;
    left.push_back(name);
    unlink(path.c_str());
  });
  return left;
}

void ObjectsLeft::take_posix_queues(std::vector<std::string>& left) {
  for (const std::string& name : queues_) {
    if (!is_queue(name)) continue;
    left.push_back("POSIX message queue " + name);
    if (names_are_ours_) mq_unlink(name.c_str());
  }
}

}  // namespace squall::controlled
