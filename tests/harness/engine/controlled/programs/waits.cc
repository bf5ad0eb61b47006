// Programs that wait for time, or for somebody: timers of every kind, and sockets whose other end is traced
// or is not.
#include "tests/harness/engine/controlled/programs/processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

namespace programs {
namespace {

volatile sig_atomic_t rung = 0;
std::atomic<int> threads_rung{0};

void ring(int) { rung = rung + 1; }

void handle_alarm() {
  struct sigaction action {};
  action.sa_handler = ring;
  sigaction(SIGALRM, &action, nullptr);
}

std::int64_t seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

/// An hour passes while everybody sleeps, and no time for us.
int alarm_wakes(bool, int) {
  sigset_t alarms;
  sigemptyset(&alarms);
  sigaddset(&alarms, SIGALRM);
  sigprocmask(SIG_BLOCK, &alarms, nullptr);
  handle_alarm();
  const std::int64_t before = seconds();
  alarm(3600);
  while (rung == 0) {
    sigset_t none;
    sigemptyset(&none);
    pollfd nothing{-1, 0, 0};
    ppoll(&nothing, 1, nullptr, &none);
  }
  return seconds() - before >= 3600 && alarm(0) == 0 ? 0 : 1;
}

/// It looks whether the alarm has come, and then sleeps until it comes: in between it is lost.
int looks_then_pauses(bool fixed, int) {
  sigset_t alarms, before;
  sigemptyset(&alarms);
  sigaddset(&alarms, SIGALRM);
  if (fixed) sigprocmask(SIG_BLOCK, &alarms, &before);
  handle_alarm();
  auto& unrelated = shared<std::atomic<int>>();
  start([&] { return ++unrelated != 0; });
  alarm(5);
  if (rung == 0) fixed ? sigsuspend(&before) : pause();
  while (wait(nullptr) > 0 || errno == EINTR) {
  }
  return 0;
}

/// Three ticks of one timer.
int ticks(bool, int) {
  sigset_t alarms;
  sigemptyset(&alarms);
  sigaddset(&alarms, SIGALRM);
  sigprocmask(SIG_BLOCK, &alarms, nullptr);
  const itimerval each{{0, 10'000}, {0, 10'000}};
  setitimer(ITIMER_REAL, &each, nullptr);
  for (int left = 3; left > 0; --left) {
    int got = 0;
    if (sigwait(&alarms, &got) != 0 || got != SIGALRM) return 1;
  }
  itimerval set{};
  getitimer(ITIMER_REAL, &set);
  return set.it_interval.tv_usec == 10'000 ? 0 : 2;
}

/// A timer that is a file: read by a child through its copy.
int timer_file(bool, int) {
  const int timer = timerfd_create(CLOCK_REALTIME, 0);
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const itimerspec in_an_hour{{0, 0}, {now.tv_sec + 3600, 0}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &in_an_hour, nullptr);
  const int copy = dup(timer);
  start([&] {
    std::uint64_t count = 0;
    pollfd readable{copy, POLLIN, 0};
    return poll(&readable, 1, -1) == 1 && read(copy, &count, sizeof count) == sizeof count && count == 1;
  });
  return all_succeed() ? 0 : 1;
}

bool send_file(int socket, int file) {
  char byte = 'f', control[CMSG_SPACE(sizeof file)] = {};
  iovec vector{&byte, 1};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr& header = *CMSG_FIRSTHDR(&message);
  header.cmsg_level = SOL_SOCKET;
  header.cmsg_type = SCM_RIGHTS;
  header.cmsg_len = CMSG_LEN(sizeof file);
  memcpy(CMSG_DATA(&header), &file, sizeof file);
  return sendmsg(socket, &message, 0) == 1;
}

int received_file(int socket) {
  char byte = 0, control[CMSG_SPACE(sizeof(int))] = {};
  iovec vector{&byte, 1};
  mmsghdr message{};
  message.msg_hdr.msg_iov = &vector;
  message.msg_hdr.msg_iovlen = 1;
  message.msg_hdr.msg_control = control;
  message.msg_hdr.msg_controllen = sizeof control;
  if (recvmmsg(socket, &message, 1, 0, nullptr) != 1 || CMSG_FIRSTHDR(&message.msg_hdr) == nullptr) return -1;
  int file = -1;
  memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&message.msg_hdr)), sizeof file);
  return file;
}

/// Whoever made it is gone, and it goes on with whoever has been sent it, or has taken it.
int passed_timer(bool, int is_taken) {
  int ends[2], done[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || pipe(done) != 0) return 1;
  const pid_t maker = start([&] {
    const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    const itimerspec soon{{0, 0}, {10, 0}};
    if (timerfd_settime(timer, 0, &soon, nullptr) != 0) return false;
    if (is_taken == 0) return send_file(ends[1], timer) && close(timer) == 0;
    char byte = 0;
    return write(ends[1], &timer, sizeof timer) == sizeof timer && read(done[0], &byte, 1) == 1;
  });
  int timer = -1;
  if (is_taken != 0) {
    if (read(ends[0], &timer, sizeof timer) != sizeof timer) return 2;
    const auto process = static_cast<int>(syscall(SYS_pidfd_open, maker, 0));
    timer = static_cast<int>(syscall(SYS_pidfd_getfd, process, timer, 0));
    if (write(done[1], "d", 1) != 1 || !all_succeed()) return 3;
  } else {
    if (!all_succeed()) return 4;
    timer = received_file(ends[0]);
  }
  itimerspec left{};
  if (timerfd_gettime(timer, &left) != 0 || left.it_value.tv_sec == 0) return 5;
  pollfd readable{timer, POLLIN, 0};
  return poll(&readable, 1, 20'000) == 1 ? 0 : 6;
}

enum LostTimer { closed_by_receiver, dropped_by_read, closed_with_socket, kept };

/// It ticks for nobody: sent, and received by nobody who keeps it, or kept by who waits for something else.
int lost_timer(bool, int how) {
  int ends[2], waits[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || pipe(waits) != 0) return 1;
  const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  const itimerspec every_second{{1, 0}, {1, 0}};
  timerfd_settime(timer, 0, &every_second, nullptr);
  char byte = 0;
  if (how != kept && (!send_file(ends[1], timer) || close(timer) != 0)) return 2;
  if (how == closed_by_receiver && close(received_file(ends[0])) != 0) return 3;
  if (how == dropped_by_read && read(ends[0], &byte, 1) != 1) return 4;
  if (how == closed_with_socket && (close(ends[0]) != 0 || close(ends[1]) != 0)) return 5;
  return read(waits[0], &byte, 1) == 1 ? 6 : 7;
}

/// Two timers tick a thousand times a second, and it sleeps for an hour.
int sleeps_among_ticks(bool, int) {
  constexpr int least = 3'600'000, most = least + 1000;
  const itimerspec every_millisecond{{0, 1'000'000}, {0, 1'000'000}};
  const int file = timerfd_create(CLOCK_MONOTONIC, 0);
  timerfd_settime(file, 0, &every_millisecond, nullptr);
  sigset_t own;
  sigemptyset(&own);
  sigaddset(&own, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &own, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGRTMIN;
  timer_t timer{};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return 1;
  timer_settime(timer, 0, &every_millisecond, nullptr);
  sleep(3600);
  std::uint64_t count = 0;
  siginfo_t got{};
  if (read(file, &count, sizeof count) != sizeof count || count < least || count > most) return 2;
  if (sigwaitinfo(&own, &got) != SIGRTMIN) return 3;
  return got.si_overrun >= least - 1 && got.si_overrun <= most ? 0 : 4;
}

/// timer_create: a signal with its value, and a function in a thread.
int posix_timer(bool, int) {
  sigset_t own;
  sigemptyset(&own);
  sigaddset(&own, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &own, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGRTMIN;
  event.sigev_value.sival_int = 4711;
  timer_t timer{};
  const itimerspec soon{{0, 0}, {2, 0}};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return 1;
  timer_settime(timer, 0, &soon, nullptr);
  siginfo_t got{};
  if (sigwaitinfo(&own, &got) != SIGRTMIN) return 2;
  if (got.si_code != SI_TIMER || got.si_value.sival_int != 4711) return 3;
  timer_delete(timer);
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = [](sigval) { threads_rung = 1; };
  event.sigev_notify_attributes = nullptr;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return 4;
  timer_settime(timer, 0, &soon, nullptr);
  for (int naps = 0; threads_rung == 0 && naps < 100; ++naps) sleep(1);
  return threads_rung == 1 ? 0 : 5;
}

/// An alarm against hanging, which nobody handles.
int watchdog(bool fixed, int) {
  alarm(30);
  int ends[2];
  char byte = 0;
  if (pipe(ends) != 0) return 1;
  if (fixed) start([&] { return write(ends[1], "a", 1) == 1; });
  const bool got = read(ends[0], &byte, 1) == 1;
  return all_succeed() && got ? 0 : 1;
}

/// Gives an answer a second, which is enough only if nobody is slow.
int late_answer(bool fixed, int) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  start([&] { return write(ends[1], "a", 1) == 1; });
  pollfd readable{ends[0], POLLIN, 0};
  const int count = poll(&readable, 1, fixed ? -1 : 1000);
  return all_succeed() && count == 1 ? 0 : 1;
}

int listening(int family, int backlog = 5) {
  const int socket = ::socket(family, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  listen(socket, backlog);
  return socket;
}

/// A server to which nobody comes.
int serves_nobody(bool, int) { return accept(listening(AF_INET), nullptr, nullptr) >= 0 ? 0 : 1; }

bool connect_over_tcp(int (&ends)[2]) {
  const int server = listening(AF_INET);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(server, reinterpret_cast<sockaddr*>(&address), &size);
  ends[0] = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(ends[0], reinterpret_cast<const sockaddr*>(&address), size) != 0) return false;
  ends[1] = accept(server, nullptr, nullptr);
  close(server);
  return true;
}

/// Two ends of one connection wait for each other: nobody else has one.
int both_read(bool, int internet) {
  int ends[2];
  if (internet == 0 ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 : !connect_over_tcp(ends)) return 1;
  char byte = 0;
  start([&] { return read(ends[1], &byte, 1) == 1; });
  return read(ends[0], &byte, 1) == 1 && all_succeed() ? 0 : 1;
}

/// Both ends of a connection are full, and nobody reads.
int both_write(bool, int) {
  int ends[2];
  if (!connect_over_tcp(ends)) return 1;
  const auto write_on = [](int end) {
    const std::string much(1 << 16, 'm');
    for (int i = 0; i < 1000; ++i)
      if (write(end, much.data(), much.size()) < 0) return false;
    return true;
  };
  start([&] { return write_on(ends[1]); });
  return write_on(ends[0]) && all_succeed() ? 0 : 1;
}

/// What is held back goes when the first has been acknowledged, which may take 40 ms; what is corked, after
/// 200 ms.
int held_back(bool, int is_corked) {
  int ends[2];
  if (!connect_over_tcp(ends)) return 1;
  setsockopt(ends[0], IPPROTO_TCP, TCP_CORK, &is_corked, sizeof is_corked);
  start([&] {
    char bytes[2];
    for (int turn = 0; turn < 3; ++turn)
      if (recv(ends[1], bytes, 2, MSG_WAITALL) != 2 || write(ends[1], "a", 1) != 1) return false;
    return true;
  });
  for (int turn = 0; turn < 3; ++turn) {
    char byte = 0;
    if (write(ends[0], "q", 1) != 1 || write(ends[0], "q", 1) != 1 || read(ends[0], &byte, 1) != 1) return 2;
  }
  return all_succeed() ? 0 : 3;
}

/// What was sent as a part of more goes after 200 ms, long before the bound.
int more_to_come(bool, int) {
  int ends[2];
  if (!connect_over_tcp(ends)) return 1;
  start([&] {
    char byte = 0;
    return read(ends[1], &byte, 1) == 1 && write(ends[1], "a", 1) == 1;
  });
  if (send(ends[0], "q", 1, MSG_MORE) != 1) return 2;
  pollfd readable{ends[0], POLLIN, 0};
  return poll(&readable, 1, 10'000) == 1 && all_succeed() ? 0 : 3;
}

/// Sleeps beside a connection that is never made, since the queue of who listens is full; and then something
/// else is held back.
int connects_for_ever(bool, int) {
  constexpr int more_than_fit = 4, naps = 10;
  const int server = listening(AF_INET, 0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(server, reinterpret_cast<sockaddr*>(&address), &size);
  for (int i = 0; i < more_than_fit; ++i)
    connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), reinterpret_cast<const sockaddr*>(&address),
            size);
  for (int i = 0; i < naps; ++i) usleep(1000);
  return more_to_come(false, 0);
}

/// Asks a server that is not traced, at ASK; with a bound if there is one.
int asks(bool, int bound_ms) {
  const char* path = getenv("ASK");
  if (path == nullptr) return 1;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 2;
  char byte = 'q';
  if (write(socket, &byte, 1) != 1) return 3;
  pollfd readable{socket, POLLIN, 0};
  if (bound_ms != 0 && poll(&readable, 1, bound_ms) != 1) return 4;
  return read(socket, &byte, 1) == 1 ? 0 : 5;
}

/// A FIFO that nobody else has open, and that has no name any more.
int lonely_fifo(bool, int) {
  char name[] = "/tmp/squall-fifo-XXXXXX";
  if (mkdtemp(name) == nullptr) return 1;
  const std::string fifo = std::string(name) + "/fifo";
  mkfifo(fifo.c_str(), 0600);
  const int keeper = ::open(fifo.c_str(), O_RDWR);
  unlink(fifo.c_str());
  rmdir(name);
  char byte = 0;
  return read(keeper, &byte, 1) == 1 ? 0 : 1;
}

constexpr timeval bound{0, 300'000};

bool tells_bound(int socket, int option) {
  timeval told{};
  socklen_t size = sizeof told;
  return getsockopt(socket, SOL_SOCKET, option, &told, &size) == 0 && size == sizeof told &&
         told.tv_sec == bound.tv_sec && told.tv_usec == bound.tv_usec;
}

/// Whoever receives gives up, and so does whoever sends when nobody takes it.
int bounded_socket(bool, int) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
    if (setsockopt(ends[0], SOL_SOCKET, option, &bound, sizeof bound) != 0 || !tells_bound(ends[0], option))
      return 2;
  char bytes[4096] = {};
  if (recv(ends[0], bytes, 1, 0) != -1 || errno != EAGAIN) return 3;
  if (read(dup(ends[0]), bytes, 1) != -1 || errno != EAGAIN) return 4;
  while (write(ends[0], bytes, sizeof bytes) > 0) {
  }
  if (errno != EAGAIN) return 5;
  return write(ends[1], bytes, 1) == 1 && recv(ends[0], bytes, 1, 0) == 1 ? 0 : 6;
}

/// Nobody comes, and nobody is there who could.
int bounded_accept(bool, int) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listen(listener, 1) != 0) return 1;
  setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
  return accept(listener, nullptr, nullptr) == -1 && errno == EAGAIN ? 0 : 2;
}

int bounded_epoll(bool, int) {
  const timespec five{5, 0};
  epoll_event event;
  const std::int64_t before = seconds();
  const long result = syscall(SYS_epoll_pwait2, epoll_create1(0), &event, 1, &five, nullptr, 0);
  return result == 0 && seconds() - before >= 5 ? 0 : 1;
}

int bounded_futexes(bool, int) {
  std::uint32_t word = 0;
  futex_waitv waiter{};
  waiter.uaddr = reinterpret_cast<std::uintptr_t>(&word);
  waiter.flags = FUTEX_32 | FUTEX_PRIVATE_FLAG;
  timespec until{};
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += 100;
  const long result = syscall(SYS_futex_waitv, &waiter, 1, 0, &until, CLOCK_MONOTONIC);
  return result == -1 && errno == ETIMEDOUT && seconds() >= until.tv_sec ? 0 : 1;
}

/// Where the bound itself lies in memory that is shared.
int shared_bound(bool, int) {
  timespec& until = shared<timespec>();
  sem_t& semaphore = shared<sem_t>();
  sem_init(&semaphore, 1, 0);
  if (fork() == 0) _exit(0);
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 3;
  if (sem_timedwait(&semaphore, &until) != -1 || errno != ETIMEDOUT) return 1;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec >= until.tv_sec && all_succeed() ? 0 : 2;
}

/// The first message comes too late to wait for another.
int bounded_messages(bool, int) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) {
    sleep(3);
    _exit(send(ends[1], "m", 1, 0) == 1 ? 0 : 1);
  }
  char bytes[2];
  iovec places[2] = {{bytes, 1}, {bytes + 1, 1}};
  mmsghdr messages[2] = {};
  for (int i = 0; i < 2; ++i) {
    messages[i].msg_hdr.msg_iov = &places[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  timespec one{1, 0};
  return recvmmsg(ends[0], messages, 2, 0, &one) == 1 && all_succeed() ? 0 : 2;
}

void handle_user_signal(int flags) {
  struct sigaction action {};
  action.sa_handler = ring;
  action.sa_flags = flags;
  sigaction(SIGUSR1, &action, nullptr);
}

/// A handler with SA_RESTART does not end it, bound or no bound.
int restarted_queue(bool, int) {
  std::atomic<int>& ready = shared<std::atomic<int>>();
  mq_attr attributes{};
  attributes.mq_maxmsg = 2;
  attributes.mq_msgsize = 8;
  const mqd_t queue = mq_open("/squall-restarted", O_CREAT | O_RDWR, 0600, &attributes);
  mq_unlink("/squall-restarted");
  const pid_t child = fork();
  if (child == 0) {
    handle_user_signal(SA_RESTART);
    ready = 1;
    timespec until{};
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 100;
    char bytes[8];
    _exit(mq_timedreceive(queue, bytes, sizeof bytes, nullptr, &until) == 1 || errno == ETIMEDOUT ? 0 : 1);
  }
  while (ready == 0) sched_yield();
  kill(child, SIGUSR1);
  mq_send(queue, "m", 1, 0);
  return all_succeed() ? 0 : 1;
}

/// Interrupted, a sleep tells what is left of it, and so does sleep().
int rest_of_sleep(bool, int) {
  handle_user_signal(0);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    sleep(3);
    kill(parent, SIGUSR1);
    _exit(0);
  }
  const unsigned left = sleep(10);
  if (left > 8) return 1;
  timespec asked{10, 0}, rest{-7, -7};
  if (fork() == 0) {
    kill(parent, SIGUSR1);
    _exit(0);
  }
  if (nanosleep(&asked, &rest) == 0) return rest.tv_sec == -7 && all_succeed() ? 0 : 2;
  return errno == EINTR && rest.tv_sec >= 0 && rest.tv_sec <= 10 && all_succeed() ? 0 : 3;
}

/// A stop makes a sleep no longer.
int sleep_through_stop(bool, int) {
  const std::int64_t before = seconds();
  const pid_t child = fork();
  if (child == 0) {
    const timespec ten{10, 0};
    if (nanosleep(&ten, nullptr) != 0) _exit(1);
    const std::int64_t slept = seconds() - before;
    _exit(slept >= 10 && slept < 13 ? 0 : 2);
  }
  sleep(3);
  kill(child, SIGSTOP);
  sleep(4);
  kill(child, SIGCONT);
  return all_succeed() ? 0 : 1;
}

int rest_of_select(bool, int) {
  timeval one{1, 0};
  if (select(0, nullptr, nullptr, nullptr, &one) != 0 || one.tv_sec != 0 || one.tv_usec != 0) return 1;
  int ends[2];
  if (pipe(ends) != 0 || write(ends[1], "p", 1) != 1) return 2;
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(ends[0], &readable);
  timeval ten{10, 0};
  return select(ends[0] + 1, &readable, nullptr, nullptr, &ten) == 1 && ten.tv_sec >= 9 ? 0 : 3;
}

/// Without ever falling asleep.
int spins(bool, int) {
  auto& word = shared<std::atomic<int>>();
  start([&] {
    for (int turn = 0; turn < 2; ++turn) word = word + 2;
    word = 1;
    return true;
  });
  while (word != 1) {
  }
  return all_succeed() ? 0 : 1;
}

int polls_for_child(bool, int) {
  int ends[2];
  if (pipe(ends) != 0) return 2;
  const pid_t child = start([&] { return write(ends[1], "a", 1) == 1 && write(ends[1], "b", 1) == 1; });
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
  }
  return status;
}

}  // namespace

const std::vector<Entry> waits = {
    {"alarm-wakes", alarm_wakes},
    {"looks-then-pauses", looks_then_pauses},
    {"ticks", ticks},
    {"timer-file", timer_file},
    {"posix-timer", posix_timer},
    {"watchdog", watchdog},
    {"late-answer", late_answer},
    {"serves-nobody", serves_nobody},
    {"both-read", both_read, 0},
    {"both-read-tcp", both_read, 1},
    {"both-write-tcp", both_write},
    {"held-back", held_back, 0},
    {"corked", held_back, 1},
    {"more-to-come", more_to_come},
    {"connects-for-ever", connects_for_ever},
    {"passed-timer", passed_timer, 0},
    {"taken-timer", passed_timer, 1},
    {"lost-timer", lost_timer, closed_by_receiver},
    {"dropped-timer", lost_timer, dropped_by_read},
    {"closed-with-socket", lost_timer, closed_with_socket},
    {"kept-timer", lost_timer, kept},
    {"sleeps-among-ticks", sleeps_among_ticks},
    {"asks", asks, 0},
    {"asks-with-bound", asks, 60'000},
    {"lonely-fifo", lonely_fifo},
    {"bounded-socket", bounded_socket},
    {"bounded-accept", bounded_accept},
    {"bounded-epoll", bounded_epoll},
    {"bounded-futexes", bounded_futexes},
    {"bounded-messages", bounded_messages},
    {"shared-bound", shared_bound},
    {"restarted-queue", restarted_queue},
    {"rest-of-sleep", rest_of_sleep},
    {"sleep-through-stop", sleep_through_stop},
    {"rest-of-select", rest_of_select},
    {"spins", spins},
    {"polls-for-child", polls_for_child},
};

}  // namespace programs
