// Clocks, deadlines and delays.
//
//   delayed          how many whole milliseconds a write of nothing took
//   clocks           how many seconds the wall clock, by every way to ask for it, went ahead of the monotonic
//   one around a write deadlines        waits of 50 ms until a point of the wall clock, after a write: which
//   of them lasted as they should
#include "tests/harness/preload/probe.h"

#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <ctime>

namespace probe {
namespace {

double seconds(clockid_t clock) {
  timespec now;
  must(clock_gettime(clock, &now) == 0, "clock_gettime");
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// The occurrence that rules of these tests are about: it changes nothing.
void write_nothing() {
  static const int nowhere = open("/dev/null", O_WRONLY);
  must(write(nowhere, "x", 1) == 1, "write");
}

void show_delay(const Words&) {
  const double begin = seconds(CLOCK_MONOTONIC);
  write_nothing();
  say(std::to_string(static_cast<int>((seconds(CLOCK_MONOTONIC) - begin) * 1000)));
}

double time_of_day() {
  timeval now;
  must(gettimeofday(&now, nullptr) == 0, "gettimeofday");
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_usec) / 1e6;
}

double standard_time() {
  timespec now;
  must(timespec_get(&now, TIME_UTC) == TIME_UTC, "timespec_get");
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Ahead of the monotonic clock, both read in one go.
double ahead(double (*way)()) {
  while (true) {
    const double before = seconds(CLOCK_MONOTONIC);
    const double time = way();
    if (seconds(CLOCK_MONOTONIC) - before < 0.1) return time - before;
  }
}

void show_jump(const Words&) {
  double (*const ways[])() = {[] { return seconds(CLOCK_REALTIME); },
                              [] { return seconds(CLOCK_REALTIME_COARSE); }, time_of_day,
                              [] { return static_cast<double>(time(nullptr)); }, standard_time};
  double before[5];
  for (int i = 0; i < 5; ++i) before[i] = ahead(ways[i]);
  write_nothing();
  std::string line;
  for (int i = 0; i < 5; ++i) line += std::to_string(std::lround(ahead(ways[i]) - before[i])) + " ";
  say(line);
}

timespec soon(clockid_t clock) {
  timespec now;
  must(clock_gettime(clock, &now) == 0, "clock_gettime");
  now.tv_nsec += 50'000'000;
  if (now.tv_nsec >= 1'000'000'000) now.tv_nsec -= 1'000'000'000, ++now.tv_sec;
  return now;
}

/// Says the name when the wait ended as it should, when it should. Too long is told by the bound of the test.
template <class Wait>
void time_wait(const char* name, clockid_t clock, int expected, Wait wait) {
  const double begin = seconds(CLOCK_MONOTONIC);
  const timespec end = soon(clock);
  const int error = wait(&end);
  const bool in_time = seconds(CLOCK_MONOTONIC) - begin >= 0.049;
  say(std::string(name) + (error == expected && in_time ? " right" : " wrong"));
}

int by_errno(long long result) { return result == -1 ? errno : 0; }

void time_semaphores() {
  static sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  time_wait("sem_timedwait", CLOCK_REALTIME, ETIMEDOUT,
            [](const timespec* end) { return by_errno(sem_timedwait(&semaphore, end)); });
  time_wait("sem_clockwait", CLOCK_REALTIME, ETIMEDOUT,
            [](const timespec* end) { return by_errno(sem_clockwait(&semaphore, CLOCK_REALTIME, end)); });
  time_wait("sem_clockwait monotonic", CLOCK_MONOTONIC, ETIMEDOUT,
            [](const timespec* end) { return by_errno(sem_clockwait(&semaphore, CLOCK_MONOTONIC, end)); });
}

void time_queue() {
  const std::string name = "/squall-probe-time-" + std::to_string(getpid());
  static mqd_t queue;
  queue = mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, nullptr);
  must(queue >= 0 && mq_unlink(name.c_str()) == 0, "mq_open");
  time_wait("mq_timedreceive", CLOCK_REALTIME, ETIMEDOUT, [](const timespec* end) {
    char message[8192];
    return by_errno(mq_timedreceive(queue, message, sizeof message, nullptr, end));
  });
}

void time_conditions() {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static pthread_cond_t wall = PTHREAD_COND_INITIALIZER, monotonic;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&monotonic, &attributes);
  pthread_mutex_lock(&mutex);
  time_wait("pthread_cond_timedwait", CLOCK_REALTIME, ETIMEDOUT,
            [](const timespec* end) { return pthread_cond_timedwait(&wall, &mutex, end); });
  time_wait("pthread_cond_timedwait monotonic", CLOCK_MONOTONIC, ETIMEDOUT,
            [](const timespec* end) { return pthread_cond_timedwait(&monotonic, &mutex, end); });
  time_wait("pthread_cond_clockwait", CLOCK_REALTIME, ETIMEDOUT,
            [](const timespec* end) { return pthread_cond_clockwait(&wall, &mutex, CLOCK_REALTIME, end); });
  // Locked already, and a normal mutex waits for itself.
  time_wait("pthread_mutex_timedlock", CLOCK_REALTIME, ETIMEDOUT,
            [](const timespec* end) { return pthread_mutex_timedlock(&mutex, end); });
  time_wait("pthread_mutex_clocklock", CLOCK_REALTIME, ETIMEDOUT,
            [](const timespec* end) { return pthread_mutex_clocklock(&mutex, CLOCK_REALTIME, end); });
}

void time_sleeps() {
  time_wait("clock_nanosleep", CLOCK_REALTIME, 0,
            [](const timespec* end) { return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, end, nullptr); });
  time_wait("clock_nanosleep monotonic", CLOCK_MONOTONIC, 0, [](const timespec* end) {
    return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, end, nullptr);
  });
}

int poll_timer(clockid_t clock, const timespec* end) {
  const int timer = timerfd_create(clock, TFD_CLOEXEC);
  const itimerspec wanted{{}, *end};
  must(timer >= 0 && timerfd_settime(timer, TFD_TIMER_ABSTIME, &wanted, nullptr) == 0, "timerfd_settime");
  std::uint64_t times = 0;
  const bool came = read(timer, &times, sizeof times) == sizeof times && times == 1;
  close(timer);
  return came ? 0 : EIO;
}

int await_timer(clockid_t clock, const timespec* end) {
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  sigprocmask(SIG_BLOCK, &alarm, nullptr);
  timer_t timer;
  const itimerspec wanted{{}, *end};
  must(timer_create(clock, nullptr, &timer) == 0, "timer_create");
  must(timer_settime(timer, TIMER_ABSTIME, &wanted, nullptr) == 0, "timer_settime");
  const bool came = sigwaitinfo(&alarm, nullptr) == SIGALRM;
  timer_delete(timer);
  return came ? 0 : EIO;
}

void time_timers() {
  for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
    time_wait("timerfd_settime", clock, 0, [=](const timespec* end) { return poll_timer(clock, end); });
    time_wait("timer_settime", clock, 0, [=](const timespec* end) { return await_timer(clock, end); });
  }
}

void show_deadlines(const Words&) {
  write_nothing();
  time_semaphores();
  time_queue();
  time_conditions();
  time_sleeps();
  time_timers();
}

}  // namespace

const std::vector<Act>& time_acts() {
  static const std::vector<Act> acts = {
      {"delayed", show_delay}, {"clocks", show_jump}, {"deadlines", show_deadlines}};
  return acts;
}

}  // namespace probe
