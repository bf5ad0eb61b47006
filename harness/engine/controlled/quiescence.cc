#include "harness/engine/controlled/quiescence.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace squall::controlled {
namespace {

std::string path_of(const Task& task, const char* file) {
  const std::string tid = std::to_string(task.tid);
  return "/proc/" + tid + "/" + file;
}

/// How often it was given a processor.
std::uint64_t times_scheduled(const Task& task) {
  const FileDescriptor file(open(path_of(task, "schedstat").c_str(), O_RDONLY | O_CLOEXEC));
  char text[128] = {};
  if (!file || ::read(file.get(), text, sizeof text - 1) <= 0) return 0;
  const char* last = strrchr(text, ' ');
  return last == nullptr ? 0 : strtoull(last, nullptr, 10);
}

/// A task that prepares to sleep is in that state already while it still runs, or waits to run on. The kernel
/// tells a task's call only once it is off its processor.
bool has_given_up_processor(const Task& task) {
  const FileDescriptor file(open(path_of(task, "syscall").c_str(), O_RDONLY | O_CLOEXEC));
  char first = 0;
  return file && ::read(file.get(), &first, 1) == 1 && first != 'r';  // "running"
}

}  // namespace

char state_letter(Task& task) {
  if (!task.statistics) task.statistics.reset(open(path_of(task, "stat").c_str(), O_RDONLY | O_CLOEXEC));
  char text[512] = {};
  if (!task.statistics || pread(task.statistics.get(), text, sizeof text - 1, 0) <= 0) return '?';
  const char* name_end = strrchr(text, ')');
  return name_end == nullptr || name_end[1] == '\0' ? '?' : name_end[2];
}

bool looks_asleep(Task& task) {
  const char letter = state_letter(task);
  return letter == 'S' || (letter == 'D' && task.vforked);
}

bool all_asleep(std::span<Task* const> tasks, bool ordered) {
  const auto asleep = [](Task* task) { return looks_asleep(*task); };
  if (ordered) return std::all_of(tasks.begin(), tasks.end(), asleep);
  std::vector<std::uint64_t> before;
  for (Task* task : tasks) before.push_back(times_scheduled(*task));
  const auto surely = [](Task* task) { return looks_asleep(*task) && has_given_up_processor(*task); };
  if (!std::all_of(tasks.begin(), tasks.end(), surely)) return false;
  if (!std::all_of(tasks.begin(), tasks.end(), asleep)) return false;
  for (std::size_t i = 0; i < tasks.size(); ++i)
    if (times_scheduled(*tasks[i]) != before[i]) return false;
  return true;
}

}  // namespace squall::controlled
