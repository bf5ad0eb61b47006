// After fork and before exec (begin_child, prepare) only async-signal-safe calls are made.
#include "harness/topology/spawn.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>

#if __has_include(<boost/process/v1.hpp>)
#include <boost/process/v1.hpp>
namespace bp = boost::process::v1;
#else
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
namespace bp = boost::process;
#endif

#include "harness/history/recorder.h"

namespace squall::topology {
namespace {

constexpr unsigned close_range_cloexec = 1U << 2;

void prepare(pid_t parent, const std::vector<int>& inherited) {
  begin_child(parent);
  syscall(SYS_close_range, 3U, ~0U, close_range_cloexec);
  for (int descriptor : inherited) fcntl(descriptor, F_SETFD, 0);
}

/// Boost does not wait for a child whose exec failed.
void reap(pid_t child) {
  while (child > 0 && waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

FileDescriptor null_device() { return FileDescriptor(open("/dev/null", O_RDWR | O_CLOEXEC)); }

}  // namespace

void begin_child(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (parent != 0 && getppid() != parent) _exit(127);
  setpgid(0, 0);
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

Result<pid_t> spawn(const Command& command) {
  const FileDescriptor null = null_device();
  const auto or_null = [&](int descriptor) { return descriptor >= 0 ? descriptor : null.get(); };
  boost::filesystem::path program = command.program;
  if (program.string().find('/') == std::string::npos) program = bp::search_path(command.program);
  if (program.empty()) return failure(ENOENT, "exec");

  bp::environment environment = boost::this_process::environment();
  for (const auto& [name, value] : command.environment) environment[name] = value;

  const pid_t parent = getpid();
  std::error_code error;
  bp::child child(
      bp::exe = program.string(), bp::args = command.arguments, environment, error,
      bp::posix::fd.bind(0, or_null(command.input)), bp::posix::fd.bind(1, or_null(command.output)),
      bp::posix::fd.bind(2, or_null(command.errors)),
      bp::extend::on_exec_setup = [&](auto&) { prepare(parent, command.inherited); },
      bp::extend::on_error = [](auto& failed, const std::error_code&) { reap(failed.pid); });
  if (error) return failure(error.value(), "exec");
  const pid_t pid = child.id();
  child.detach();
  return pid;
}

Result<FileDescriptor> open_process(pid_t pid) {
  FileDescriptor descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!descriptor) return failed("pidfd_open");
  return descriptor;
}

std::vector<pid_t> children() {
  std::vector<pid_t> found;
  std::ifstream list("/proc/thread-self/children");
  for (pid_t pid; list >> pid;) found.push_back(pid);
  return found;
}

unsigned kill_all_children(std::uint64_t deadline_ns) {
  unsigned reaped = 0;
  while (history::now_ns() < deadline_ns) {
    for (pid_t child : children()) kill(child, SIGKILL);
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0) break;
    if (info.si_pid != 0) {
      ++reaped;
      continue;
    }
    const timespec moment{0, 1'000'000};
    nanosleep(&moment, nullptr);
  }
  return reaped;
}

}  // namespace squall::topology
