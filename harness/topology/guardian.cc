#include "harness/topology/guardian.h"

#include "harness/history/recorder.h"
#include "harness/topology/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>

namespace squall::topology {
namespace {

constexpr std::uint64_t farewell_ns = 5'000'000'000;

class Ward {
 public:
  Ward(int socket, Duties duties) : socket_(socket), duties_(std::move(duties)) {}

  [[noreturn]] void serve();

 private:
  bool take_request();
  void begin(const Request&);
  void reap();
  void kill_strays();
  void finish(pid_t, int status);
  [[noreturn]] void leave();

  int socket_;
  Duties duties_;
  FileDescriptor deaths_;
  std::map<pid_t, Request> cases_;
};

void Ward::serve() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  setsid();
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t death;
  sigemptyset(&death);
  sigaddset(&death, SIGCHLD);
  deaths_.reset(signalfd(-1, &death, SFD_CLOEXEC | SFD_NONBLOCK));
  for (;;) {
    pollfd events[] = {{socket_, POLLIN, 0}, {deaths_.get(), POLLIN, 0}};
    if (poll(events, 2, -1) < 0) continue;
    if (events[1].revents != 0) reap();
    if (events[0].revents != 0 && !take_request()) leave();
  }
}

bool Ward::take_request() {
  Request request;
  if (recv(socket_, &request, sizeof request, 0) != ssize_t{sizeof request}) return false;
  begin(request);
  return true;
}

void Ward::begin(const Request& request) {
  const pid_t guardian = getpid();
  const pid_t child = fork();
  if (child == 0) {
    begin_child(guardian);
    close(socket_);
    deaths_.reset();
    _exit(duties_.carry_out(request));
  }
  cases_[child] = request;
  if (child < 0) finish(child, 3);
}

void Ward::reap() {
  signalfd_siginfo info;
  while (read(deaths_.get(), &info, sizeof info) > 0) {
  }
  siginfo_t dead{};
  while (waitid(P_ALL, 0, &dead, WEXITED | WNOHANG) == 0 && dead.si_pid != 0) {
    finish(dead.si_pid, dead.si_code == CLD_EXITED ? dead.si_status : 128 + dead.si_status);
    dead = {};
  }
  kill_strays();
}

/// Orphans of a case whose own process died before it could see to them.
void Ward::kill_strays() {
  for (pid_t child : children())
    if (!cases_.contains(child)) kill(child, SIGKILL);
}

void Ward::finish(pid_t child, int status) {
  const auto found = cases_.find(child);
  if (found == cases_.end()) return;
  const Request request = found->second;
  cases_.erase(found);
  kill_strays();
  duties_.sweep(request);
  const Completion completion{request.ticket, status};
  send(socket_, &completion, sizeof completion, MSG_NOSIGNAL);
}

void Ward::leave() {
  kill_all_children(history::now_ns() + farewell_ns);
  for (const auto& [child, request] : cases_) duties_.sweep(request);
  duties_.farewell();
  _exit(0);
}

/// Nothing of the runner's may stay open here: whoever reads its output waits for the last writer.
void let_go_of_the_runner(int keep) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard = 0; standard <= 2; ++standard) dup2(null, standard);
  dup2(keep, 3);
  fcntl(3, F_SETFD, FD_CLOEXEC);
  syscall(SYS_close_range, 4U, ~0U, 0U);
}

}  // namespace

Result<Guardian> Guardian::start(Duties duties) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return failed("socketpair");
  Guardian guardian;
  guardian.socket_.reset(ends[0]);
  guardian.pid_ = fork();
  if (guardian.pid_ < 0) return failed("fork");
  if (guardian.pid_ == 0) {
    prctl(PR_SET_NAME, "squall-guardian");
    let_go_of_the_runner(ends[1]);
    Ward(3, std::move(duties)).serve();
  }
  close(ends[1]);
  return guardian;
}

Result<void> Guardian::submit(const Request& request) {
  if (send(socket_.get(), &request, sizeof request, MSG_NOSIGNAL) < 0) return failed("send");
  return {};
}

Result<std::optional<Completion>> Guardian::next(std::uint64_t deadline_ns) {
  const std::uint64_t now = history::now_ns();
  const std::uint64_t left_ms = deadline_ns > now ? (deadline_ns - now) / 1'000'000 + 1 : 0;
  pollfd event{socket_.get(), POLLIN, 0};
  const int ready = poll(&event, 1, static_cast<int>(std::min<std::uint64_t>(left_ms, 60'000)));
  if (ready < 0 && errno != EINTR) return failed("poll");
  if (ready <= 0) return std::nullopt;
  Completion completion;
  if (recv(socket_.get(), &completion, sizeof completion, 0) != ssize_t{sizeof completion})
    return failure(EPIPE, "guardian");
  return completion;
}

void Guardian::dismiss() {
  socket_.reset();
  siginfo_t info{};
  while (pid_ > 0 && waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace squall::topology
