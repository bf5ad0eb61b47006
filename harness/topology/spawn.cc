// After fork and before exec (begin_child, prepare) only async-signal-safe calls are made.
#include "harness/topology/spawn.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
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

constexpr std::uint64_t all_signals = ~std::uint64_t{0};

/// The set of signals in a line of /proc/self/status.
std::uint64_t signals_after(const char* text, const char* word) {
  const char* at = std::strstr(text, word);
  if (at == nullptr) return all_signals;
  std::uint64_t set = 0;
  for (at += std::strlen(word); *at != '\n' && *at != '\0'; ++at)
    set = set * 16 + static_cast<std::uint64_t>(*at <= '9' ? *at - '0' : *at - 'a' + 10);
  return set;
}

/// Signals that this process handles or ignores; all, where nobody tells. Bit N − 1 stands for signal N.
std::uint64_t changed_signals() {
  char text[4096] = {};
  const int status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  const ssize_t size = status < 0 ? -1 : read(status, text, sizeof text - 1);
  if (status >= 0) close(status);
  return size <= 0 ? all_signals : signals_after(text, "SigIgn:\t") | signals_after(text, "SigCgt:\t");
}

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
  const std::uint64_t changed = changed_signals();
  for (int signal = 1; signal < NSIG; ++signal) {
    if ((changed >> (signal - 1) & 1) == 0) continue;
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
