// After fork and before exec: async-signal-safe code only.
#include "harness/cli/runnable.h"

#include "harness/topology/spawn.h"
#include "ipc/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace squall::cli {
namespace {

/// The path as it is, and the search in $PATH without execvp()'s shell for what is no program.
void execute(char* const* words) {
  if (strchr(words[0], '/') != nullptr)
    execv(words[0], words);
  else
    execvp(words[0], words);
}

/// In the child, which is stopped by a successful exec. Its errno goes to `report`, which a successful exec
/// closes.
[[noreturn]] void try_to_run(char* const* words, const char* directory, pid_t parent, int report) {
  topology::begin_child(parent);
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(0);
  if (chdir(directory) == 0) execute(words);
  const int error = errno;
  static_cast<void>(!write(report, &error, sizeof error));
  _exit(0);
}

void kill_and_reap(pid_t child) {
  kill(child, SIGKILL);
  int status = 0;
  for (pid_t ended = 0; ended != child || WIFSTOPPED(status);) {
    ended = waitpid(child, &status, 0);
    if (ended < 0 && errno != EINTR) return;
  }
}

/// Of an attempt, of which nothing is left; 0: it succeeded, or nothing is known.
int errno_of_running(const std::vector<std::string>& command, const char* directory) {
  std::vector<std::string> copy = command;
  std::vector<char*> words;
  for (std::string& word : copy) words.push_back(word.data());
  words.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return 0;
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  const pid_t parent = getpid(), child = fork();
  if (child == 0) try_to_run(words.data(), directory, parent, writing.get());
  writing.reset();
  int error = 0;
  const bool has_failed = child > 0 && read(reading.get(), &error, sizeof error) == ssize_t{sizeof error};
  if (child > 0) kill_and_reap(child);
  return has_failed ? error : 0;
}

}  // namespace

std::string obstacle_to_running(const std::vector<std::string>& command, const std::string& directory) {
  if (!directory.empty() && access(directory.c_str(), X_OK) != 0)
    return fmt::format("cannot enter {}: {}", directory, strerror(errno));
  const int error = errno_of_running(command, directory.empty() ? "." : directory.c_str());
  return error == 0 ? std::string() : fmt::format("cannot run {}: {}", command.front(), strerror(error));
}

}  // namespace squall::cli
