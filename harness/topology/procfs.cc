#include "harness/topology/procfs.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace squall::topology {
namespace {

struct CallName {
  long number;
  const char* name;
  bool descriptor;  ///< its first argument is one
};

constexpr std::array calls = {
    CallName{SYS_read, "read", true},
    CallName{SYS_write, "write", true},
    CallName{SYS_readv, "readv", true},
    CallName{SYS_writev, "writev", true},
    CallName{SYS_recvfrom, "recvfrom", true},
    CallName{SYS_recvmsg, "recvmsg", true},
    CallName{SYS_sendto, "sendto", true},
    CallName{SYS_sendmsg, "sendmsg", true},
    CallName{SYS_accept, "accept", true},
    CallName{SYS_accept4, "accept4", true},
    CallName{SYS_connect, "connect", true},
    CallName{SYS_flock, "flock", true},
    CallName{SYS_fcntl, "fcntl", true},
    CallName{SYS_mq_timedsend, "mq_send", true},
    CallName{SYS_mq_timedreceive, "mq_receive", true},
    CallName{SYS_epoll_wait, "epoll_wait", true},
    CallName{SYS_openat, "openat", false},
    CallName{SYS_poll, "poll", false},
    CallName{SYS_ppoll, "ppoll", false},
    CallName{SYS_select, "select", false},
    CallName{SYS_pselect6, "pselect", false},
    CallName{SYS_futex, "futex", false},
    CallName{SYS_msgrcv, "msgrcv", false},
    CallName{SYS_msgsnd, "msgsnd", false},
    CallName{SYS_semop, "semop", false},
    CallName{SYS_semtimedop, "semtimedop", false},
    CallName{SYS_wait4, "wait4", false},
    CallName{SYS_waitid, "waitid", false},
    CallName{SYS_pause, "pause", false},
    CallName{SYS_nanosleep, "nanosleep", false},
    CallName{SYS_clock_nanosleep, "clock_nanosleep", false},
    CallName{SYS_rt_sigtimedwait, "sigtimedwait", false},
    CallName{SYS_rt_sigsuspend, "sigsuspend", false},
    CallName{SYS_restart_syscall, "a restarted call", false},
};

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;  // whose operator<< does not throw when the process dies under the read
  text << file.rdbuf();
  return text.str();
}

char state_of(pid_t pid) {
  const std::string text = read_text(fmt::format("/proc/{}/stat", pid));
  const std::size_t end = text.rfind(')');
  return end != std::string::npos && text.size() > end + 2 ? text[end + 2] : '?';
}

std::uint64_t switches_of(pid_t pid) {
  std::istringstream status(read_text(fmt::format("/proc/{}/status", pid)));
  std::uint64_t total = 0;
  for (std::string line; std::getline(status, line);)
    if (line.find("voluntary_ctxt_switches:") != std::string::npos)
      total += std::stoull(line.substr(line.find(':') + 1));
  return total;
}

std::string link_of(pid_t pid, std::uint64_t descriptor) {
  std::error_code error;
  return std::filesystem::read_symlink(fmt::format("/proc/{}/fd/{}", pid, descriptor), error);
}

/// A process may end while its directory is read: no iterator of it may throw.
bool has_open(pid_t pid, const std::string& object) {
  std::error_code error;
  std::filesystem::directory_iterator entry(fmt::format("/proc/{}/fd", pid), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry->path(), gone) == object) return true;
  }
  return false;
}

/// In a field of /proc/PID/status that is a mask of signals.
bool has_signal(const std::string& status, std::string_view field, int signal) {
  const std::size_t at = status.find(field);
  if (at == std::string::npos) return false;
  const std::uint64_t mask = std::strtoull(status.c_str() + at + field.size(), nullptr, 16);
  return (mask >> (signal - 1) & 1) != 0;
}

}  // namespace

bool handles_signal(pid_t pid, int signal) {
  return has_signal(read_text(fmt::format("/proc/{}/status", pid)), "SigCgt:\t", signal);
}

bool awaits_handler(pid_t pid, int signal) {
  const std::string status = read_text(fmt::format("/proc/{}/status", pid));
  const bool waits = has_signal(status, "SigPnd:\t", signal) || has_signal(status, "ShdPnd:\t", signal);
  return waits && !has_signal(status, "SigBlk:\t", signal);
}

SignalQueue signal_queue(pid_t pid) {
  constexpr std::string_view field = "SigQ:\t";
  const std::string status = read_text(fmt::format("/proc/{}/status", pid));
  const std::size_t at = status.find(field);
  if (at == std::string::npos) return {};
  char* slash = nullptr;
  SignalQueue queue;
  queue.pending = std::strtoull(status.c_str() + at + field.size(), &slash, 10);
  if (*slash == '/') queue.most = std::strtoull(slash + 1, nullptr, 10);
  return queue;
}

std::vector<pid_t> threads_of(pid_t pid) {
  std::vector<pid_t> threads;
  std::error_code error;
  std::filesystem::directory_iterator entry(fmt::format("/proc/{}/task", pid), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    threads.push_back(static_cast<pid_t>(std::strtol(entry->path().filename().c_str(), nullptr, 10)));
  return threads;
}

Snapshot snapshot(pid_t pid) {
  Snapshot taken;
  taken.state = state_of(pid);
  taken.switches = switches_of(pid);
  std::istringstream call(read_text(fmt::format("/proc/{}/syscall", pid)));
  long number = -1;  // a failed extraction would make it 0, which is read
  if (!(call >> number) || number < 0) return taken;
  taken.call = number;
  call >> std::hex;
  for (std::uint64_t& argument : taken.arguments) {
    std::string text;
    if (call >> text) argument = std::strtoull(text.c_str(), nullptr, 16);
  }
  taken.call_name = fmt::format("call {}", taken.call);
  for (const CallName& known : calls)
    if (known.number == taken.call) {
      taken.call_name = known.name;
      if (known.descriptor) taken.object = link_of(pid, taken.arguments[0]);
    }
  return taken;
}

std::vector<pid_t> sharers(const std::string& object, const std::vector<pid_t>& candidates) {
  std::vector<pid_t> found;
  for (pid_t candidate : candidates)
    if (has_open(candidate, object)) found.push_back(candidate);
  return found;
}

std::string in_words(const Snapshot& taken) {
  if (taken.state == 'T' || taken.state == 't') return "stopped by a signal";
  if (taken.state == 'Z') return "dead, but not waited for";
  const std::string where = taken.call < 0 ? "in no system call"
                            : taken.object.empty()
                                ? "in " + taken.call_name
                                : fmt::format("in {} on {}", taken.call_name, taken.object);
  return (taken.state == 'R' ? "running, " : taken.state == 'D' ? "in disk sleep, " : "asleep ") + where;
}

}  // namespace squall::topology
