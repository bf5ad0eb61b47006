#include "harness/topology/farewell.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace squall::topology {
namespace {

void close_all_but(int kept) {
  close_range(0, static_cast<unsigned>(kept) - 1, 0);
  close_range(static_cast<unsigned>(kept) + 1, ~0U, 0);
}

[[noreturn]] void wait_and_do(int end, const std::function<void()>& duty) {
  setsid();
  close_all_but(end);
  char nothing = 0;
  while (read(end, &nothing, sizeof nothing) < 0 && errno == EINTR) {
  }
  duty();
  _exit(0);
}

}  // namespace

Result<FileDescriptor> when_dead(const std::function<void()>& duty) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return failed("pipe2");
  FileDescriptor ours(ends[1]);
  const FileDescriptor its(ends[0]);
  const pid_t child = fork();
  if (child < 0) return failed("fork");
  if (child == 0) {
    if (fork() == 0) wait_and_do(its.get(), duty);
    _exit(0);
  }
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return ours;
}

}  // namespace squall::topology
