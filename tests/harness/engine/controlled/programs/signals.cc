// Programs to which signals come: while they sleep, ignored or not, and from timers.
#include "tests/harness/engine/controlled/programs/processes.h"

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>

#include <atomic>
#include <barrier>
#include <cerrno>
#include <thread>

namespace programs {
namespace {

enum Sleep {
  by_epoll,
  by_bounded_epoll,
  by_semop,
  by_bounded_semop,
  by_sigwait,
  by_bounded_sigwait,
  by_recv
};

/// A sleep that answers EINTR to every signal it is woken by, and what ends it.
class Sleeper {
 public:
  explicit Sleeper(Sleep how) : how_(how) {
    if (is_semaphore()) semaphore_ = semget(IPC_PRIVATE, 1, 0600);
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals_, nullptr);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends_) != 0) std::abort();
    const timeval bound{100, 0};
    setsockopt(ends_[0], SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    epoll_event readable{};
    readable.events = EPOLLIN;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, ends_[0], &readable);
  }
  ~Sleeper() {
    if (is_semaphore()) semctl(semaphore_, 0, IPC_RMID);
  }

  bool sleeps() const {
    const timespec bound{100, 0};
    sembuf down{0, -1, 0};
    epoll_event event;
    char byte = 0;
    switch (how_) {
      case by_epoll:
        return epoll_wait(epoll_, &event, 1, -1) == 1;
      case by_bounded_epoll:
        return epoll_wait(epoll_, &event, 1, 100'000) == 1;
      case by_semop:
        return semop(semaphore_, &down, 1) == 0;
      case by_bounded_semop:
        return semtimedop(semaphore_, &down, 1, &bound) == 0;
      case by_sigwait:
        return sigwaitinfo(&signals_, nullptr) == SIGUSR1;
      case by_bounded_sigwait:
        return sigtimedwait(&signals_, nullptr, &bound) == SIGUSR1;
      case by_recv:
        return recv(ends_[0], &byte, 1, 0) == 1;
    }
    return false;
  }

  bool wakes(pid_t sleeper) const {
    sembuf up{0, 1, 0};
    if (is_semaphore()) return semop(semaphore_, &up, 1) == 0;
    return kill(sleeper, SIGUSR1) == 0 && write(ends_[1], "w", 1) == 1;
  }

 private:
  bool is_semaphore() const { return how_ == by_semop || how_ == by_bounded_semop; }

  Sleep how_;
  int semaphore_ = -1, ends_[2] = {-1, -1}, epoll_ = epoll_create1(0);
  sigset_t signals_{};
};

/// The end of a child is nobody's business, nor is a signal that is ignored.
int sleeps_through_signals(bool, int how) {
  const Sleeper sleeper(static_cast<Sleep>(how));
  signal(SIGUSR2, SIG_IGN);
  const pid_t parent = getpid();
  start([&] { return kill(parent, SIGUSR2) == 0; });
  start([&] {
    usleep(1000);
    return sleeper.wakes(parent);
  });
  return sleeper.sleeps() && all_succeed() ? 0 : 1;
}

/// It sleeps no longer than it wanted to, however often it is woken.
int bound_through_signals(bool, int) {
  const Sleeper sleeper(by_bounded_sigwait);
  timespec before{}, after{};
  clock_gettime(CLOCK_MONOTONIC, &before);
  for (int child = 1; child <= 3; ++child)
    start([&] {
      sleep(static_cast<unsigned>(20 * child));
      return true;
    });
  if (sleeper.sleeps() || errno != EAGAIN) return 1;
  clock_gettime(CLOCK_MONOTONIC, &after);
  const std::int64_t slept = after.tv_sec - before.tv_sec;
  return slept >= 100 && slept <= 101 && all_succeed() ? 0 : 2;
}

volatile sig_atomic_t handled = 0;
void handle(int) { handled = handled + 1; }

/// A handler ends the sleep, whatever else has been ignored before.
int handler_ends_sleep(bool, int) {
  const Sleeper sleeper(by_epoll);
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  start([] { return true; });
  alarm(1);
  return !sleeper.sleeps() && errno == EINTR && handled == 1 && all_succeed() ? 0 : 1;
}

/// A stop does, too: signal(7).
int stop_ends_sleep(bool, int) {
  auto& is_ready = shared<std::atomic<int>>();
  const pid_t child = start([&] {
    const Sleeper sleeper(by_epoll);
    is_ready = 1;
    return !sleeper.sleeps() && errno == EINTR;
  });
  while (is_ready == 0) sched_yield();
  sleep(1);
  kill(child, SIGSTOP);
  int status = 0;
  if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status)) return 1;
  kill(child, SIGCONT);
  return all_succeed() ? 0 : 2;
}

/// Its parent may be about to end, and does not: another thread of it does. An orphan of a thread cannot be
/// told from a child of those that are left.
int sleeps_beside_thread(bool, int is_orphan) {
  Mutex& mutex = *new (&shared<Mutex>()) Mutex(true);
  int ready[2], go[2];
  const Sleeper sleeper(by_epoll);
  if (pipe(ready) != 0 || pipe(go) != 0) return 1;
  char byte = 0;
  pid_t child = -1;
  const auto make = [&] {
    child = start([&] {
      if (read(go[0], &byte, 1) != 1) return false;
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      mutex.lock();
      const bool slept = write(ready[1], "r", 1) == 1 && sleeper.sleeps();
      mutex.unlock();
      return slept;
    });
  };
  is_orphan != 0 ? std::thread(make).join() : make();
  if (write(go[1], "g", 1) != 1 || read(ready[0], &byte, 1) != 1) return 2;
  std::thread([] {}).join();
  return sleeper.wakes(child) && all_succeed() ? 0 : 3;
}

/// Alarms come from nobody, whoever looks.
int tells_of_alarms(bool, int) {
  sigset_t alarms;
  sigemptyset(&alarms);
  sigaddset(&alarms, SIGALRM);
  sigprocmask(SIG_BLOCK, &alarms, nullptr);
  alarm(1);
  siginfo_t waited{};
  if (sigwaitinfo(&alarms, &waited) != SIGALRM || waited.si_code != SI_KERNEL || waited.si_pid != 0) return 1;
  alarm(1);
  signalfd_siginfo read_one{};
  if (read(signalfd(-1, &alarms, 0), &read_one, sizeof read_one) != sizeof read_one) return 2;
  return read_one.ssi_signo == SIGALRM && read_one.ssi_code == SI_KERNEL && read_one.ssi_pid == 0 ? 0 : 3;
}

siginfo_t told;
void keep(int, siginfo_t* information, void*) { told = *information; }

/// One signal waits for as long as it is blocked, and tells how many more there would have been: to who takes
/// it, by whatever way.
int counts_overruns(bool, int way) {
  const int signal = way == 3 ? SIGUSR1 : SIGRTMIN;
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, signal);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  struct sigaction action {};
  action.sa_sigaction = keep;
  action.sa_flags = SA_SIGINFO;
  sigaction(signal, &action, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = signal;
  timer_t timer{};
  const itimerspec each_ms{{0, 1'000'000}, {0, 1'000'000}}, never{};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return 1;
  timer_settime(timer, 0, &each_ms, nullptr);
  usleep(20'500);
  signalfd_siginfo read_one{};
  if (way == 1 && read(signalfd(-1, &blocked, 0), &read_one, sizeof read_one) < 0) return 2;
  told.si_overrun = static_cast<int>(read_one.ssi_overrun);
  if (way == 2) sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
  if (way == 2) sigprocmask(SIG_BLOCK, &blocked, nullptr);
  if (way == 0 || way == 3) sigwaitinfo(&blocked, &told);
  if (told.si_overrun != 19 || timer_getoverrun(timer) != 19) return 3;
  timer_settime(timer, 0, &never, nullptr);
  const timespec now{};
  int more = 0;
  while (sigtimedwait(&blocked, nullptr, &now) == signal) ++more;
  return more <= 1 && timer_getoverrun(timer) == 0 ? 0 : 4;
}

/// A bound that has passed is no interruption: what only the mask of the wait lets in has not come.
int mask_of_wait(bool, int) {
  static volatile sig_atomic_t comes = 0;
  sigset_t blocked, none;
  sigemptyset(&none);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  signal(SIGUSR1, [](int) { comes = 1; });
  start([] { return kill(getppid(), SIGUSR1) == 0; });
  const timespec bound{0, 5'000'000};
  while (ppoll(nullptr, 0, &bound, &none) == 0)
    if (comes != 0) return 1;
  return comes != 0 && all_succeed() ? 0 : 2;
}

/// The first thread takes a signal that ends its siblings while they are about to call.
int siblings_end(bool, int) {
  const pid_t child = start([] {
    std::barrier begun(4);
    for (int i = 0; i < 3; ++i)
      std::thread([&] {
        begun.arrive_and_wait();
        for (;;) pause();
      }).detach();
    begun.arrive_and_wait();
    return raise(SIGTERM) != 0;
  });
  for (int i = 0; i < 3; ++i) getppid();
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFSIGNALED(status) ? 0 : 1;
}

enum Sender { by_kill, by_queue, by_file, by_timer };

volatile sig_atomic_t has_come = 0;

/// Looks whether SIGUSR1 has come, and waits for it: without a gap, or with one.
void await_signal(bool without_gap) {
  sigset_t without;
  sigprocmask(SIG_BLOCK, nullptr, &without);
  sigdelset(&without, SIGUSR1);
  if (!without_gap) pthread_sigmask(SIG_SETMASK, &without, nullptr);
  while (has_come == 0)
    if (without_gap)
      sigsuspend(&without);
    else
      pause();
}

/// What follows a kill is no schedule point.
void kill_in_a_hurry(pid_t whom) {
  static void* const page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  kill(whom, SIGUSR1);
  mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

/// Called before the fork; what it gives makes SIGUSR1 come to the caller.
std::function<void()> prepare_signal(int how) {
  sigevent told{};
  told.sigev_notify = SIGEV_SIGNAL;
  told.sigev_signo = SIGUSR1;
  const pid_t self = getpid();
  if (how == by_kill) return [self] { kill_in_a_hurry(self); };
  if (how == by_queue) {
    mq_attr attributes{};
    attributes.mq_maxmsg = attributes.mq_msgsize = 1;
    const mqd_t queue = mq_open("/waits-late", O_RDWR | O_CREAT, 0600, &attributes);
    mq_unlink("/waits-late");
    mq_notify(queue, &told);
    return [queue] { mq_send(queue, "m", 1, 0); };
  }
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::abort();
  fcntl(ends[0], F_SETOWN, self);
  fcntl(ends[0], F_SETSIG, SIGUSR1);
  fcntl(ends[0], F_SETFL, O_ASYNC);
  return [end = ends[1]] { static_cast<void>(!write(end, "m", 1)); };
}

/// The main thread blocks it: another takes it.
int waits_for_timer(bool fixed) {
  timer_t timer;
  sigevent told{};
  told.sigev_notify = SIGEV_SIGNAL;
  told.sigev_signo = SIGUSR1;
  timer_create(CLOCK_MONOTONIC, &told, &timer);
  const itimerspec soon{{0, 0}, {0, 1'000'000}};
  timer_settime(timer, 0, &soon, nullptr);
  std::thread([fixed] { await_signal(fixed); }).join();
  return 0;
}

/// The child stays until the signal has come: its end would be a signal, too.
int waits_late(bool fixed, int how) {
  signal(SIGUSR1, [](int) { has_come = 1; });
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  if (how == by_timer) return waits_for_timer(fixed);
  int go_on[2];
  if (pipe(go_on) != 0) return 2;
  const auto send = prepare_signal(how);
  start([&] {
    char byte = 0;
    send();
    close(go_on[1]);
    return read(go_on[0], &byte, 1) == 0;
  });
  await_signal(fixed);
  close(go_on[1]);
  return all_succeed() ? 0 : 1;
}

/// One signal for the process: the thread whose wait it ends runs the handler.
int woken_by_one(bool, int) {
  static thread_local volatile sig_atomic_t has_handled = 0;
  struct sigaction action {};
  action.sa_handler = [](int) { has_handled = 1; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
  int done[2];
  if (pipe(done) != 0) return 2;
  const int queue = epoll_create1(0);
  epoll_event readable{};
  readable.events = EPOLLIN;
  epoll_ctl(queue, EPOLL_CTL_ADD, done[0], &readable);
  std::atomic<bool> is_right = true;
  std::thread waiting([&] {
    epoll_event event;
    is_right = epoll_wait(queue, &event, 1, -1) == 1 || has_handled != 0;
  });
  start([] { return kill(getppid(), SIGUSR1) == 0; });
  for (int look = 0; look < 3; ++look) getppid();
  const bool good = all_succeed();
  static_cast<void>(!write(done[1], "d", 1));
  waiting.join();
  return good && is_right ? 0 : 1;
}

}  // namespace

const std::vector<Entry> signals = {
    {"sleeps-in-epoll", sleeps_through_signals, by_epoll},
    {"sleeps-in-bounded-epoll", sleeps_through_signals, by_bounded_epoll},
    {"sleeps-in-semop", sleeps_through_signals, by_semop},
    {"sleeps-in-bounded-semop", sleeps_through_signals, by_bounded_semop},
    {"sleeps-in-sigwait", sleeps_through_signals, by_sigwait},
    {"sleeps-in-bounded-sigwait", sleeps_through_signals, by_bounded_sigwait},
    {"sleeps-in-recv", sleeps_through_signals, by_recv},
    {"bound-through-signals", bound_through_signals},
    {"handler-ends-sleep", handler_ends_sleep},
    {"stop-ends-sleep", stop_ends_sleep},
    {"sleeps-beside-thread", sleeps_beside_thread, 0},
    {"orphan-sleeps-beside-thread", sleeps_beside_thread, 1},
    {"tells-of-alarms", tells_of_alarms},
    {"mask-of-wait", mask_of_wait},
    {"siblings-end", siblings_end},
    {"overruns-waited-for", counts_overruns, 0},
    {"overruns-read", counts_overruns, 1},
    {"overruns-handled", counts_overruns, 2},
    {"overruns-of-user-signal", counts_overruns, 3},
    {"waits-late", waits_late, by_kill},
    {"waits-late-for-queue", waits_late, by_queue},
    {"waits-late-for-file", waits_late, by_file},
    {"waits-late-for-timer", waits_late, by_timer},
    {"woken-by-one", woken_by_one},
};

}  // namespace programs
