#include "harness/engine/controlled/outside.h"

#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/program_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <vector>

namespace squall::controlled {
namespace {

constexpr std::size_t most_polled = 4096;
constexpr long queue_system = 0x19800202;  ///< of POSIX messages: linux/magic.h has no name for it

bool sends(long number) {
  return number == SYS_sendto || number == SYS_sendmsg || number == SYS_sendmmsg || number == SYS_write ||
         number == SYS_writev;
}

bool waits_for_a_lock(const Task& task) {
  return task.call.number == SYS_flock || task.call.number == SYS_fcntl;
}

Waker worse(Waker one, Waker other) { return std::max(one, other); }

}  // namespace

bool Outside::has_stranger(std::uint64_t device, std::uint64_t inode) const {
  const auto [known, is_new] = strangers_.try_emplace({device, inode}, false);
  if (is_new) known->second = look_for_stranger(device, inode);
  return known->second;
}

bool Outside::look_for_stranger(std::uint64_t device, std::uint64_t inode) const {
  const auto is_it = [&](const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && status.st_dev == device && status.st_ino == inode;
  };
  const std::vector<pid_t> all = foreign::processes();
  return std::any_of(all.begin(), all.end(), [&](pid_t pid) {
    if (is_traced(pid) || pid == getpid()) return false;
    const std::vector<int> open = foreign::descriptors(pid);
    return std::any_of(open.begin(), open.end(),
                       [&](int descriptor) { return is_it(foreign::path_of(pid, descriptor)); });
  });
}

bool Outside::is_bound_here(const void* address, std::uint32_t size) const {
  return std::any_of(ever_.begin(), ever_.end(), [&](pid_t pid) {
    const std::vector<int> open = foreign::descriptors(pid);
    return std::any_of(open.begin(), open.end(), [&](int descriptor) {
      const FileDescriptor copy = foreign::copy_of(pid, descriptor);
      return copy && foreign::has_name(copy.get(), address, size);
    });
  });
}

/// A connected one knows who made the other end. One that has a name only may hear from whoever knows it.
Waker Outside::of_local_socket(int socket, const Task& task) const {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0) {
    ucred made{};
    socklen_t made_size = sizeof made;
    const bool known = getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &made, &made_size) == 0 && made.pid > 0;
    if (known) return is_traced(made.pid) ? Waker::traced : Waker::stranger;
    return is_bound_here(&peer, size) ? Waker::traced : Waker::stranger;
  }
  if (const auto to = foreign::address_in_call(task); to && sends(task.call.number))
    return is_bound_here(&to->address, to->size) ? Waker::traced : Waker::stranger;
  return foreign::is_named(socket) ? Waker::anybody : Waker::traced;
}

Waker Outside::of_internet_socket(int socket, const Task& task) const {
  foreign::Name peer{};
  peer.size = sizeof peer.address;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&peer.address), &peer.size) == 0)
    return is_bound_here(&peer.address, peer.size) ? Waker::traced : Waker::stranger;
  return foreign::is_named(socket) && !sends(task.call.number) ? Waker::anybody : Waker::stranger;
}

Waker Outside::of_socket(int socket, const Task& task) const {
  if (foreign::option_of(socket, SO_ACCEPTCONN) == 1) return Waker::anybody;
  if (task.call.number == SYS_connect) {
    const auto to = foreign::address_in_call(task);
    return to && is_bound_here(&to->address, to->size) ? Waker::traced : Waker::stranger;
  }
  switch (foreign::option_of(socket, SO_DOMAIN)) {
    case AF_UNIX:
      return of_local_socket(socket, task);
    case AF_INET:
    case AF_INET6:
      return of_internet_socket(socket, task);
    default:
      return Waker::stranger;
  }
}

Waker Outside::of_anonymous(pid_t pid, int descriptor, const Task& task) const {
  const std::string what = foreign::target_of(pid, descriptor);
  if (what == "anon_inode:[eventpoll]") return of_watched(pid, descriptor, task);
  if (what == "anon_inode:[eventfd]" || what == "anon_inode:[signalfd]") return Waker::traced;
  if (what == "anon_inode:[timerfd]")
    return task.process->timer_files.count(descriptor) != 0 ? Waker::traced : Waker::stranger;
  if (what != "anon_inode:[pidfd]") return Waker::anybody;
  return is_traced(static_cast<pid_t>(foreign::number_in(foreign::information(pid, descriptor), "Pid:")))
             ? Waker::traced
             : Waker::stranger;
}

Waker Outside::of_descriptor(pid_t pid, int descriptor, const Task& task) const {
  const FileDescriptor copy = foreign::copy_of(pid, descriptor);
  struct stat status {};
  if (!copy || fstat(copy.get(), &status) != 0) return Waker::anybody;
  switch (status.st_mode & S_IFMT) {
    case S_IFSOCK:
      return of_socket(copy.get(), task);
    case S_IFIFO:
      if (foreign::target_of(pid, descriptor).starts_with("pipe:")) return Waker::traced;
      return has_stranger(status.st_dev, status.st_ino) ? Waker::stranger : Waker::traced;
    case S_IFREG: {
      struct statfs system {};
      const bool is_queue = fstatfs(copy.get(), &system) == 0 && system.f_type == queue_system;
      return is_queue && has_stranger(status.st_dev, status.st_ino) ? Waker::stranger : Waker::traced;
    }
    case S_IFDIR:
    case S_IFBLK:
      return Waker::traced;
    case 0:
      return of_anonymous(pid, descriptor, task);
    default:
      return Waker::anybody;
  }
}

/// What an epoll instance watches stands in its fdinfo: "tfd:        5 events: …".
Waker Outside::of_watched(pid_t pid, int epoll, const Task& task) const {
  Waker worst = Waker::traced;
  std::istringstream lines(foreign::information(pid, epoll));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("tfd:"))
      worst = worse(worst, of_descriptor(pid, static_cast<int>(foreign::number_in(line, "tfd:")), task));
  return worst;
}

Waker Outside::of_polled(const Task& task) const {
  std::vector<pollfd> polled(std::min<std::size_t>(task.call.arguments[1], most_polled));
  const std::size_t bytes = polled.size() * sizeof(pollfd);
  if (program_read(task, task.call.arguments[0], polled.data(), bytes) != bytes) return Waker::anybody;
  Waker worst = Waker::traced;
  for (const pollfd& one : polled)
    if (one.fd >= 0) worst = worse(worst, of_descriptor(task.process->pid, one.fd, task));
  return worst;
}

Waker Outside::of_selected(const Task& task) const {
  Waker worst = Waker::traced;
  const int count = std::min<int>(static_cast<int>(task.call.arguments[0]), FD_SETSIZE);
  for (int which = 1; which <= 3; ++which) {
    fd_set set;
    FD_ZERO(&set);
    const std::size_t bytes = static_cast<std::size_t>(count + 63) / 64 * 8;
    if (program_read(task, task.call.arguments[which], &set, bytes) != bytes) continue;
    for (int descriptor = 0; descriptor < count; ++descriptor)
      if (FD_ISSET(descriptor, &set))
        worst = worse(worst, of_descriptor(task.process->pid, descriptor, task));
  }
  return worst;
}

/// A line of /proc/locks: "1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF".
Waker Outside::of_lock(pid_t pid, int descriptor) const {
  struct stat status {};
  if (stat(foreign::path_of(pid, descriptor).c_str(), &status) != 0) return Waker::anybody;
  std::ifstream file("/proc/locks");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string number, kind, strictness, access, holder, where;
    words >> number >> kind;
    if (kind == "->") continue;  // one that waits
    words >> strictness >> access >> holder >> where;
    const auto inode = where.rfind(':');
    if (inode == where.npos || where.substr(inode + 1) != std::to_string(status.st_ino)) continue;
    if (!is_traced(static_cast<pid_t>(std::atol(holder.c_str())))) return Waker::stranger;
  }
  return Waker::traced;
}

/// A FIFO that waits to be opened at its other end: a name, but nobody may be there to know it.
Waker Outside::of_path(const Task& task) const {
  struct stat status {};
  const std::string path = program_text(task, task.call.arguments[call_of(task.call.number).argument]);
  const std::string from = path.starts_with('/') ? fmt::format("/proc/{}/root{}", task.tid, path)
                                                 : fmt::format("/proc/{}/cwd/{}", task.tid, path);
  if (stat(from.c_str(), &status) != 0) return Waker::anybody;
  return has_stranger(status.st_dev, status.st_ino) ? Waker::stranger : Waker::traced;
}

Waker Outside::of(const Task& task) const {
  const Call& call = call_of(task.call.number);
  if (task.process == nullptr || call.number < 0) return Waker::anybody;
  const auto first = static_cast<int>(task.call.arguments[0]);
  switch (call.number) {
    case SYS_poll:
    case SYS_ppoll:
      return of_polled(task);
    case SYS_select:
    case SYS_pselect6:
      return of_selected(task);
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
      return of_watched(task.process->pid, first, task);
    case SYS_accept:
    case SYS_accept4:
    case SYS_connect:
    case SYS_sendto:
    case SYS_recvfrom:
    case SYS_sendmsg:
    case SYS_recvmsg:
    case SYS_sendmmsg:
    case SYS_recvmmsg:
      return of_descriptor(task.process->pid, first, task);
    default:
      break;
  }
  if (waits_for_a_lock(task)) return of_lock(task.process->pid, first);
  if (call.touches == Touches::path) return of_path(task);
  return call.touches == Touches::descriptor ? of_descriptor(task.process->pid, first, task) : Waker::traced;
}

}  // namespace squall::controlled
