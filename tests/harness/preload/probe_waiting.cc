// Calls that wait, and what a handler does to them.
//
//   wait-in CALL [HOW]   waits in it, for ever if nothing comes, and says its errno and how often the handler
//   ran. HOW:
//                        plain (no SA_RESTART), restart, unhandled, blocked
//   condition            waits for one that nobody has promised; it comes after the first wake-up. How many
//   there were condition-timed      the error of a wait for a condition whose time is over restart a read
//   that is restarted, and gets its byte once the handler ran
#include "tests/harness/preload/probe.h"

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <map>

namespace probe {
namespace {

constexpr int limit_ms = 200;  // of calls that can be given one: nothing comes
constexpr timespec limit{0, limit_ms * 1'000'000};

std::atomic<int> handler_runs{0};
void count(int) { ++handler_runs; }

void install(int flags) {
  struct sigaction action {};
  action.sa_handler = count;
  action.sa_flags = flags;
  must(sigaction(SIGUSR1, &action, nullptr) == 0, "sigaction");
}

timespec in_the_future() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec += 1;
  return now;
}

int by_errno(long long result) { return result == -1 ? errno : 0; }

int empty_pipe() {
  int ends[2];
  must(pipe(ends) == 0, "pipe");
  return ends[0];
}

int full_pipe() {
  int ends[2];
  must(pipe2(ends, O_NONBLOCK) == 0, "pipe2");
  char bytes[4096] = {};
  while (write(ends[1], bytes, sizeof bytes) > 0) {
  }
  must(fcntl(ends[1], F_SETFL, 0) == 0, "fcntl");
  return ends[1];
}

int pair() {
  int ends[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
  return ends[0];
}

int listener() {
  const int socket_descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr address{AF_UNIX, {}};  // autobind
  must(bind(socket_descriptor, &address, sizeof(sa_family_t)) == 0 && listen(socket_descriptor, 1) == 0,
       "listen");
  return socket_descriptor;
}

sem_t* taken() {
  static sem_t made;
  sem_init(&made, 0, 0);
  return &made;
}

/// Gone as soon as it is open, so that nothing is left behind.
mqd_t queue(bool full) {
  const std::string name = "/squall-probe-" + std::to_string(getpid());
  mq_attr attributes{};
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 8;
  const mqd_t made = mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
  must(made >= 0 && mq_unlink(name.c_str()) == 0, "mq_open");
  if (full) must(mq_send(made, "x", 1, 0) == 0, "mq_send");
  return made;
}

/// A System V object that is removed when the wait is over.
template <class Wait, class Remove>
int with_object(int object, Wait wait, Remove remove) {
  must(object >= 0, "get");
  const int error = by_errno(wait(object));
  remove(object);
  return error;
}

int receive_sysv() {
  return with_object(
      msgget(IPC_PRIVATE, 0600),
      [](int id) {
        char message[32];
        return msgrcv(id, message, 8, 0, 0);
      },
      [](int id) { msgctl(id, IPC_RMID, nullptr); });
}

int take_sysv() {
  return with_object(
      semget(IPC_PRIVATE, 1, 0600),
      [](int id) {
        sembuf take{0, -1, 0};
        return semop(id, &take, 1);
      },
      [](int id) { semctl(id, 0, IPC_RMID); });
}

int wait_for_child() {
  int ends[2];
  must(pipe(ends) == 0, "pipe");
  const pid_t child = fork();
  if (child == 0) {
    close(ends[1]);
    char byte;
    while (read(ends[0], &byte, 1) < 0) {
    }
    _exit(0);
  }
  close(ends[0]);
  const int error = by_errno(waitpid(child, nullptr, 0));
  close(ends[1]);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return error;
}

/// Another process has it locked.
int lock_record() {
  const int file = memfd_create("locked", 0);
  must(file >= 0 && ftruncate(file, 1) == 0, "memfd");
  int ready[2], done[2];
  must(pipe(ready) == 0 && pipe(done) == 0, "pipe");
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  char byte = 0;
  const pid_t child = fork();
  if (child == 0) {
    close(done[1]);
    if (fcntl(file, F_SETLK, &lock) != 0 || write(ready[1], "x", 1) != 1) _exit(1);
    while (read(done[0], &byte, 1) < 0) {
    }
    _exit(0);
  }
  must(read(ready[0], &byte, 1) == 1, "ready");
  const int error = by_errno(fcntl(file, F_SETLKW, &lock));
  close(done[0]);
  close(done[1]);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return error;
}

const std::map<std::string, int (*)()> waits = {
    {"read",
     [] {
       char byte;
       return by_errno(read(empty_pipe(), &byte, 1));
     }},
    {"readv",
     [] {
       char byte;
       iovec vector{&byte, 1};
       return by_errno(readv(empty_pipe(), &vector, 1));
     }},
    {"write", [] { return by_errno(write(full_pipe(), "x", 1)); }},
    {"recv",
     [] {
       char byte;
       return by_errno(recv(pair(), &byte, 1, 0));
     }},
    {"accept", [] { return by_errno(accept(listener(), nullptr, nullptr)); }},
    {"poll",
     [] {
       pollfd polled{empty_pipe(), POLLIN, 0};
       return by_errno(poll(&polled, 1, limit_ms));
     }},
    {"ppoll",
     [] {
       pollfd polled{empty_pipe(), POLLIN, 0};
       return by_errno(ppoll(&polled, 1, &limit, nullptr));
     }},
    {"select",
     [] {
       fd_set reading;
       FD_ZERO(&reading);
       const int descriptor = empty_pipe();
       FD_SET(descriptor, &reading);
       timeval wait{0, limit_ms * 1000};
       return by_errno(select(descriptor + 1, &reading, nullptr, nullptr, &wait));
     }},
    {"pselect",
     [] {
       fd_set reading;
       FD_ZERO(&reading);
       const int descriptor = empty_pipe();
       FD_SET(descriptor, &reading);
       return by_errno(pselect(descriptor + 1, &reading, nullptr, nullptr, &limit, nullptr));
     }},
    {"epoll_wait",
     [] {
       epoll_event event{};
       return by_errno(epoll_wait(epoll_create1(0), &event, 1, limit_ms));
     }},
    {"nanosleep", [] { return by_errno(nanosleep(&limit, nullptr)); }},
    {"clock_nanosleep", [] { return clock_nanosleep(CLOCK_MONOTONIC, 0, &limit, nullptr); }},
    {"usleep", [] { return by_errno(usleep(limit_ms * 1000)); }},
    {"sleep", [] { return sleep(3) != 0 ? EINTR : 0; }},
    {"pause", [] { return by_errno(pause()); }},
    {"sigsuspend",
     [] {
       sigset_t none;
       sigemptyset(&none);
       return by_errno(sigsuspend(&none));
     }},
    {"sigtimedwait",
     [] {
       sigset_t other;
       sigemptyset(&other);
       sigaddset(&other, SIGUSR2);
       return by_errno(sigtimedwait(&other, nullptr, &limit));
     }},
    {"sem_wait", [] { return by_errno(sem_wait(taken())); }},
    {"sem_timedwait",
     [] {
       const timespec end = in_the_future();
       return by_errno(sem_timedwait(taken(), &end));
     }},
    {"mq_receive",
     [] {
       char message[8];
       return by_errno(mq_receive(queue(false), message, sizeof message, nullptr));
     }},
    {"mq_send", [] { return by_errno(mq_send(queue(true), "y", 1, 0)); }},
    {"msgrcv", receive_sysv},
    {"semop", take_sysv},
    {"waitpid", wait_for_child},
    {"fcntl", lock_record},
};

void wait_in(const Words& words) {
  const std::string how = words.size() > 1 ? words[1] : "plain";
  if (how == "plain" || how == "blocked") install(0);
  if (how == "restart") install(SA_RESTART);
  if (how == "blocked") {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    must(sigprocmask(SIG_BLOCK, &signals, nullptr) == 0, "sigprocmask");
  }
  const int error = waits.at(word(words, 0))();
  say(std::string(error == 0 ? "0" : strerrorname_np(error)) +
      (handler_runs > 0 ? " handled" : " undisturbed"));
}

/// The byte comes when the handler has run: the call is still waiting then, or it would have failed.
void read_restarted(const Words&) {
  int ends[2], told[2];
  must(pipe(ends) == 0 && pipe(told) == 0, "pipe");
  static int telling;
  telling = told[1];
  struct sigaction action {};
  action.sa_handler = [](int) { static_cast<void>(!write(telling, "x", 1)); };
  action.sa_flags = SA_RESTART;
  must(sigaction(SIGUSR1, &action, nullptr) == 0, "sigaction");
  const pid_t child = fork();
  char byte = 0;
  if (child == 0) {
    pollfd polled{told[0], POLLIN, 0};
    if (poll(&polled, 1, 10'000) != 1) _exit(1);
    _exit(write(ends[1], "y", 1) == 1 ? 0 : 1);
  }
  const ssize_t got = read(ends[0], &byte, 1);
  say(got == 1 ? "restarted" : strerrorname_np(errno));
  int status = 1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  must(status == 0, "child");
}

/// A read that finds its byte there does not wait.
void read_at_once(const Words&) {
  install(0);
  int ends[2];
  char byte = 0;
  must(pipe(ends) == 0 && write(ends[1], "x", 1) == 1, "pipe");
  say(read(ends[0], &byte, 1) == 1 ? "read" : strerrorname_np(errno));
}

/// Each thread has a timer of its own, and a child another.
void wait_in_many(const Words&) {
  install(0);
  const auto wait_once = [](void*) -> void* {
    pollfd polled{empty_pipe(), POLLIN, 0};
    return poll(&polled, 1, limit_ms) == -1 && errno == EINTR ? nullptr : &handler_runs;
  };
  must(wait_once(nullptr) == nullptr, "main thread");
  pthread_t threads[3];
  for (pthread_t& thread : threads)
    must(pthread_create(&thread, nullptr, wait_once, nullptr) == 0, "pthread_create");
  for (pthread_t thread : threads) {
    void* result = nullptr;
    must(pthread_join(thread, &result) == 0 && result == nullptr, "thread");
  }
  const pid_t child = fork();
  if (child == 0) _exit(wait_once(nullptr) == nullptr ? 0 : 1);
  int status = 1;
  must(waitpid(child, &status, 0) == child && status == 0, "child");
  say("all");
}

pthread_mutex_t mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
bool has_come = false;

void* let_it_come(void*) {
  pthread_mutex_lock(&mutex);
  has_come = true;
  pthread_cond_signal(&condition);
  pthread_mutex_unlock(&mutex);
  return nullptr;
}

void wait_for_condition(const Words&) {
  pthread_t thread;
  int wake_ups = 0;
  must(pthread_mutex_lock(&mutex) == 0, "lock");
  while (!has_come) {
    must(pthread_cond_wait(&condition, &mutex) == 0, "pthread_cond_wait");
    if (++wake_ups == 1) must(pthread_create(&thread, nullptr, let_it_come, nullptr) == 0, "thread");
  }
  must(pthread_mutex_unlock(&mutex) == 0, "unlock");
  must(pthread_join(thread, nullptr) == 0, "join");
  say(std::to_string(wake_ups));
}

void wait_too_late(const Words&) {
  const timespec past{1, 0};
  must(pthread_mutex_lock(&mutex) == 0, "lock");
  const int error = pthread_cond_timedwait(&condition, &mutex, &past);
  must(pthread_mutex_unlock(&mutex) == 0, "unlock");
  say(error == ETIMEDOUT ? "ETIMEDOUT" : std::to_string(error));
}

}  // namespace

const std::vector<Act>& waiting_acts() {
  static const std::vector<Act> acts = {
      {"wait-in", wait_in},           {"restart", read_restarted},       {"read-at-once", read_at_once},
      {"wait-in-many", wait_in_many}, {"condition", wait_for_condition}, {"condition-timed", wait_too_late}};
  return acts;
}

}  // namespace probe
