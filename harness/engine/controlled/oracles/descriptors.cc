// Descriptors that a process has opened and not closed when it ends.
#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/oracles/oracles.h"
#include "harness/engine/controlled/task.h"

#include <fmt/format.h>
#include <sys/syscall.h>

#include <charconv>
#include <filesystem>

namespace squall::controlled {
namespace {

namespace fs = std::filesystem;

std::set<int> descriptors_of(pid_t pid) {
  std::set<int> all;
  std::error_code error;
  for (fs::directory_iterator at(fmt::format("/proc/{}/fd", pid), error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename();
    int number = -1;
    std::from_chars(name.data(), name.data() + name.size(), number);
    all.insert(number);
  }
  return all;
}

}  // namespace

void Oracles::note_descriptors(const Task& task) {
  const pid_t pid = task.process->pid;
  const bool is_first = task.tid == pid;
  if (task.parked == Parked::start && is_first) inherited_[pid] = descriptors_of(pid);
  const bool ends = task.parked == Parked::entry &&
                    (task.call.number == SYS_exit_group || (task.call.number == SYS_exit && is_first));
  if (!ends) return;
  std::string text;
  const std::set<int> standard = {0, 1, 2};
  const auto found = inherited_.find(pid);
  const std::set<int>& known = found == inherited_.end() ? standard : found->second;
  for (const int number : descriptors_of(pid)) {
    if (known.count(number) != 0) continue;
    std::error_code error;
    const fs::path target = fs::read_symlink(fmt::format("/proc/{}/fd/{}", pid, number), error);
    text += fmt::format("{} {} ({})", text.empty() ? "" : ",", number, target.string());
  }
  if (!text.empty()) open_ += fmt::format("  {} ends with descriptors open:{}\n", task.lineage, text);
}

}  // namespace squall::controlled
