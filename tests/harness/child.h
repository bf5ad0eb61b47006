// What tests of processes need: a forked child whose end is waited for with a bound, and a directory that
// goes away.
//
// A child makes no Catch assertion: what it found is its exit status. It dies with the test.
#pragma once

#include "ipc/clock.h"
#include "ipc/descriptor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

namespace squall::tests {

inline constexpr std::uint64_t second_ns = 1'000'000'000;

class Scratch {
 public:
  Scratch() {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Scratch() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Scratch(const Scratch&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "squall-test-XXXXXX";
};

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// Looks again and again until it holds, at most until the bound. For what the kernel gives no way to wait
/// for.
inline bool eventually(const std::function<bool()>& holds, std::uint64_t bound_ns = 10 * second_ns) {
  ipc::Backoff backoff(ipc::now_ns() + bound_ns);
  while (!holds())
    if (!backoff.sleep()) return holds();
  return true;
}

/// What the shell would call its status: 128 + signal for a process that was killed.
inline int shell_status(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

/// Forks `body`; its result is the child's exit status.
inline pid_t fork_child(const std::function<int()>& body) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  _exit(getppid() == parent ? body() : 99);
}

/// Waits for the end of a child, at most until the bound: then it is killed, and the answer is −1.
inline int end_of(pid_t child, std::uint64_t bound_ns = 30 * second_ns) {
  const FileDescriptor process(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  pollfd event{process.get(), POLLIN, 0};
  const bool ended = poll(&event, 1, static_cast<int>(bound_ns / 1'000'000)) == 1;
  if (!ended) kill(child, SIGKILL);
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED) != 0 && errno == EINTR) {
  }
  return ended ? shell_status(info) : -1;
}

inline int status_of(const std::function<int()>& body, std::uint64_t bound_ns = 30 * second_ns) {
  return end_of(fork_child(body), bound_ns);
}

/// A pipe between a test and its children.
struct Pipe {
  FileDescriptor reading, writing;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
  void say(char word) const { static_cast<void>(!write(writing.get(), &word, 1)); }
  /// The next byte, or 0 after the bound or at the end.
  char hear(std::uint64_t bound_ns = 10 * second_ns) const {
    pollfd event{reading.get(), POLLIN, 0};
    char word = 0;
    if (poll(&event, 1, static_cast<int>(bound_ns / 1'000'000)) != 1 || read(reading.get(), &word, 1) != 1)
      return 0;
    return word;
  }
};

inline bool exists(pid_t pid) { return kill(pid, 0) == 0; }

}  // namespace squall::tests
