#include "harness/topology/namespaces.h"

#include "ipc/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace squall::topology {
namespace {

constexpr int wanted = CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWNET;
constexpr int not_furnished = 126;

bool write_file(const char* path, const std::string& text) {
  FileDescriptor file(open(path, O_WRONLY | O_CLOEXEC));
  return file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// Root needs no user namespace and gets none; everybody else keeps his uid in a new one.
Result<void> enter() {
  if (unshare(wanted) == 0) return {};
  if (errno != EPERM) return failed("unshare");
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(wanted | CLONE_NEWUSER) != 0) return failed("unshare(CLONE_NEWUSER)");
  write_file("/proc/self/setgroups", "deny");
  if (!write_file("/proc/self/uid_map", fmt::format("{0} {0} 1", user))) return failed("write(uid_map)");
  if (!write_file("/proc/self/gid_map", fmt::format("{0} {0} 1", group))) return failed("write(gid_map)");
  return {};
}

Result<void> raise_loopback() {
  FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return failed("socket");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return failed("ioctl(SIOCSIFFLAGS)");
  return {};
}

/// In PID 1: the views of the kernel that belong to these namespaces.
Result<void> furnish(const std::string& directory) {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed("mount(/, private)");
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    return failed("mount(/proc)");
  if (mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") != 0)
    return failed("mount(/dev/shm)");
  if (access("/dev/mqueue", F_OK) == 0 && mount("mqueue", "/dev/mqueue", "mqueue", 0, nullptr) != 0)
    return failed("mount(/dev/mqueue)");
  if (!directory.empty() && mount("tmpfs", directory.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=700") != 0)
    return failed("mount(the case's directory)");
  return raise_loopback();
}

void lift_limits() {
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MSGQUEUE, &unlimited);
  write_file("/proc/sys/fs/mqueue/msg_max", "1024");
  write_file("/proc/sys/fs/mqueue/msgsize_max", "1048576");
}

/// Whether the process outside died before PDEATHSIG was set; from in here getppid() does not tell.
bool is_forsaken(int report) {
  pollfd event{report, 0, 0};
  return poll(&event, 1, 0) == 1 && (event.revents & POLLERR) != 0;
}

int be_first_process(int report, const std::function<int()>& body, const std::string& directory) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (is_forsaken(report)) return not_furnished;
  const Result<void> furnished = furnish(directory);
  if (!furnished) {
    const std::string why = furnished.error().message();
    static_cast<void>(!write(report, why.data(), why.size()));
    return not_furnished;
  }
  close(report);
  lift_limits();
  return body();
}

std::string read_all(int descriptor) {
  std::string text;
  char buffer[256];
  for (ssize_t count; (count = read(descriptor, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  return text;
}

int wait_for(pid_t child) {
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED) != 0 && errno == EINTR) {
  }
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

}  // namespace

IsolatedExit run_isolated(const std::function<int()>& body, const std::string& directory) {
  if (auto entered = enter(); !entered) return {false, entered.error().message(), 0};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {false, failed("pipe2").value().message(), 0};
  const pid_t first = fork();
  if (first < 0) return {false, failed("fork").value().message(), 0};
  if (first == 0) {
    close(ends[0]);
    _exit(be_first_process(ends[1], body, directory));
  }
  close(ends[1]);
  const std::string why = read_all(ends[0]);
  close(ends[0]);
  const int status = wait_for(first);
  if (!why.empty()) return {false, why, 0};
  return {true, {}, status};
}

std::string isolation_obstacle() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return failed("pipe2").value().message();
  const pid_t probe = fork();
  if (probe == 0) {
    close(ends[0]);
    const std::string why = run_isolated([] { return 0; }).why;
    static_cast<void>(!write(ends[1], why.data(), why.size()));
    _exit(0);
  }
  close(ends[1]);
  std::string why = probe < 0 ? failed("fork").value().message() : read_all(ends[0]);
  close(ends[0]);
  if (probe > 0) wait_for(probe);
  return why;
}

}  // namespace squall::topology
