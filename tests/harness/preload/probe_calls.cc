// Each call of calls.def once, with arguments that it refuses at once: only what is injected can answer
// ENOLINK.
//
//   calls NAME      makes all of them; those that would wait only when they are NAME. "read 67" a line
//   symbols NAME…   where a name that programs import is defined
#include "tests/harness/preload/probe.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace probe {
namespace {

struct CallOnce {
  const char* name;
  int (*error)();              ///< 0: it was made
  bool waits_if_made = false;  ///< so that it is only made when it is to be injected
};

/// The two ways to tell of an error.
int by_errno(long long result) { return result == -1 ? errno : 0; }
int by_pointer(const void* result) { return result == MAP_FAILED ? errno : 0; }

char buffer[16];
iovec vector{buffer, sizeof buffer};
msghdr message{};
mmsghdr messages[1]{};
int ends[2];
timespec soon{0, 1};
timespec past{1, 0};
sem_t* semaphore() {
  static sem_t made;
  sem_init(&made, 0, 1);
  return &made;
}
pthread_mutex_t* mutex() {
  static pthread_mutex_t made = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
  return &made;
}
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

/// A mutex that stays locked when the call is the one that fails would be in the way.
int unlocked_after(int error) {
  if (error == 0) pthread_mutex_unlock(mutex());
  return error;
}

int spawned(int error, pid_t pid) {
  if (error == 0) waitpid(pid, nullptr, 0);
  return error;
}

int closed(int descriptor) {
  if (descriptor >= 0) close(descriptor);
  return by_errno(descriptor);
}

const CallOnce all_calls[] = {
    {"read", [] { return by_errno(read(-1, buffer, 1)); }},
    {"readv", [] { return by_errno(readv(-1, &vector, 1)); }},
    {"pread", [] { return by_errno(pread(-1, buffer, 1, 0)); }},
    {"preadv", [] { return by_errno(preadv(-1, &vector, 1, 0)); }},
    {"recv", [] { return by_errno(recv(-1, buffer, 1, 0)); }},
    {"recvfrom", [] { return by_errno(recvfrom(-1, buffer, 1, 0, nullptr, nullptr)); }},
    {"recvmsg", [] { return by_errno(recvmsg(-1, &message, 0)); }},
    {"recvmmsg", [] { return by_errno(recvmmsg(-1, messages, 1, 0, nullptr)); }},
    {"write", [] { return by_errno(write(-1, buffer, 1)); }},
    {"writev", [] { return by_errno(writev(-1, &vector, 1)); }},
    {"pwrite", [] { return by_errno(pwrite(-1, buffer, 1, 0)); }},
    {"pwritev", [] { return by_errno(pwritev(-1, &vector, 1, 0)); }},
    {"send", [] { return by_errno(send(-1, buffer, 1, 0)); }},
    {"sendto", [] { return by_errno(sendto(-1, buffer, 1, 0, nullptr, 0)); }},
    {"sendmsg", [] { return by_errno(sendmsg(-1, &message, 0)); }},
    {"sendmmsg", [] { return by_errno(sendmmsg(-1, messages, 1, 0)); }},
    {"sendfile", [] { return by_errno(sendfile(-1, -1, nullptr, 1)); }},
    {"splice", [] { return by_errno(splice(-1, nullptr, -1, nullptr, 1, 0)); }},
    {"open", [] { return by_errno(open("/nowhere/at/all", O_RDONLY)); }},
    {"openat", [] { return by_errno(openat(-1, "nowhere", O_RDONLY)); }},
    {"creat", [] { return by_errno(creat("/nowhere/at/all", 0600)); }},
    {"socket", [] { return by_errno(socket(-1, -1, -1)); }},
    {"socketpair", [] { return by_errno(socketpair(-1, -1, -1, ends)); }},
    {"pipe", [] { return by_errno(pipe(ends)) != 0 ? errno : (close(ends[0]), closed(ends[1])); }},
    {"pipe2", [] { return by_errno(pipe2(ends, -1)); }},
    {"accept", [] { return by_errno(accept(-1, nullptr, nullptr)); }},
    {"accept4", [] { return by_errno(accept4(-1, nullptr, nullptr, 0)); }},
    {"connect", [] { return by_errno(connect(-1, nullptr, 0)); }},
    {"bind", [] { return by_errno(bind(-1, nullptr, 0)); }},
    {"listen", [] { return by_errno(listen(-1, 0)); }},
    {"mkfifo", [] { return by_errno(mkfifo("/nowhere/at/all", 0600)); }},
    {"dup", [] { return by_errno(dup(-1)); }},
    {"dup2", [] { return by_errno(dup2(-1, 500)); }},
    {"dup3", [] { return by_errno(dup3(-1, 500, 0)); }},
    {"fcntl", [] { return by_errno(fcntl(-1, F_GETFL)); }},
    {"epoll_create1", [] { return by_errno(epoll_create1(-1)); }},
    {"eventfd", [] { return by_errno(eventfd(0, -1)); }},
    {"signalfd", [] { return by_errno(signalfd(-1, nullptr, -1)); }},
    {"timerfd_create", [] { return by_errno(timerfd_create(-1, -1)); }},
    {"memfd_create", [] { return by_errno(memfd_create("x", static_cast<unsigned>(-1))); }},
    {"close", [] { return by_errno(close(-1)); }},
    {"poll", [] { return by_errno(poll(nullptr, 0, 0)); }},
    {"ppoll", [] { return by_errno(ppoll(nullptr, 0, &soon, nullptr)); }},
    {"select",
     [] {
       timeval at_once{};
       return by_errno(select(0, nullptr, nullptr, nullptr, &at_once));
     }},
    {"pselect", [] { return by_errno(pselect(0, nullptr, nullptr, nullptr, &soon, nullptr)); }},
    {"epoll_wait", [] { return by_errno(epoll_wait(-1, nullptr, 1, 0)); }},
    {"epoll_pwait", [] { return by_errno(epoll_pwait(-1, nullptr, 1, 0, nullptr)); }},
    {"epoll_ctl", [] { return by_errno(epoll_ctl(-1, EPOLL_CTL_DEL, -1, nullptr)); }},
    {"mq_open", [] { return by_errno(mq_open("/a/b", O_RDONLY)); }},
    {"mq_send", [] { return by_errno(mq_send(-1, buffer, 1, 0)); }},
    {"mq_timedsend", [] { return by_errno(mq_timedsend(-1, buffer, 1, 0, &past)); }},
    {"mq_receive", [] { return by_errno(mq_receive(-1, buffer, 1, nullptr)); }},
    {"mq_timedreceive", [] { return by_errno(mq_timedreceive(-1, buffer, 1, nullptr, &past)); }},
    {"mq_notify", [] { return by_errno(mq_notify(-1, nullptr)); }},
    {"mq_unlink", [] { return by_errno(mq_unlink("/squall-preload-probe-is-not-there")); }},
    {"msgget", [] { return by_errno(msgget(0x7fabcde1, 0)); }},
    {"msgsnd", [] { return by_errno(msgsnd(-1, buffer, 1, IPC_NOWAIT)); }},
    {"msgrcv", [] { return by_errno(msgrcv(-1, buffer, 1, 0, IPC_NOWAIT)); }},
    {"msgctl", [] { return by_errno(msgctl(-1, IPC_RMID, nullptr)); }},
    {"semget", [] { return by_errno(semget(0x7fabcde2, 0, 0)); }},
    {"semop", [] { return by_errno(semop(-1, nullptr, 0)); }},
    {"semtimedop", [] { return by_errno(semtimedop(-1, nullptr, 0, nullptr)); }},
    {"semctl", [] { return by_errno(semctl(-1, 0, IPC_RMID)); }},
    {"sem_open", [] { return sem_open("/squall-preload-probe-is-not-there", 0) == SEM_FAILED ? errno : 0; }},
    {"sem_wait", [] { return by_errno(sem_wait(semaphore())); }},
    {"sem_timedwait", [] { return by_errno(sem_timedwait(semaphore(), &past)); }},
    {"sem_clockwait", [] { return by_errno(sem_clockwait(semaphore(), CLOCK_MONOTONIC, &past)); }},
    {"sem_trywait", [] { return by_errno(sem_trywait(semaphore())); }},
    {"sem_post", [] { return by_errno(sem_post(semaphore())); }},
    {"pthread_mutex_lock", [] { return unlocked_after(pthread_mutex_lock(mutex())); }},
    {"pthread_mutex_timedlock", [] { return unlocked_after(pthread_mutex_timedlock(mutex(), &past)); }},
    {"pthread_mutex_trylock", [] { return unlocked_after(pthread_mutex_trylock(mutex())); }},
    {"pthread_mutex_unlock", [] { return pthread_mutex_unlock(mutex()); }},
    {"pthread_cond_wait", [] { return pthread_cond_wait(&condition, mutex()); }, true},
    {"pthread_cond_timedwait", [] { return pthread_cond_timedwait(&condition, mutex(), &past); }},
    {"pthread_cond_signal", [] { return pthread_cond_signal(&condition); }},
    {"pthread_cond_broadcast", [] { return pthread_cond_broadcast(&condition); }},
    {"flock", [] { return by_errno(flock(-1, LOCK_UN)); }},
    {"shm_open", [] { return by_errno(shm_open("/squall-preload-probe-is-not-there", O_RDONLY, 0)); }},
    {"shm_unlink", [] { return by_errno(shm_unlink("/squall-preload-probe-is-not-there")); }},
    {"shmget", [] { return by_errno(shmget(0x7fabcde3, 1, 0)); }},
    {"shmat", [] { return by_pointer(shmat(-1, nullptr, 0)); }},
    {"shmdt", [] { return by_errno(shmdt(buffer)); }},
    {"shmctl", [] { return by_errno(shmctl(-1, IPC_RMID, nullptr)); }},
    {"mmap", [] { return by_pointer(mmap(nullptr, 0, PROT_READ, MAP_PRIVATE, -1, 0)); }},
    {"munmap", [] { return by_errno(munmap(nullptr, 0)); }},
    {"msync", [] { return by_errno(msync(buffer + 1, 1, MS_SYNC)); }},
    {"ftruncate", [] { return by_errno(ftruncate(-1, 0)); }},
    {"posix_fallocate", [] { return posix_fallocate(-1, 0, 1); }},
    {"fsync", [] { return by_errno(fsync(-1)); }},
    {"fdatasync", [] { return by_errno(fdatasync(-1)); }},
    {"fork",
     [] {
       const pid_t child = fork();
       if (child == 0) _exit(0);
       if (child > 0) waitpid(child, nullptr, 0);
       return by_errno(child);
     },
     true},
    {"posix_spawn",
     [] {
       pid_t pid = 0;
       char* arguments[] = {buffer, nullptr};
       return spawned(posix_spawn(&pid, "/nowhere/at/all", nullptr, nullptr, arguments, arguments + 1), pid);
     }},
    {"posix_spawnp",
     [] {
       pid_t pid = 0;
       char* arguments[] = {buffer, nullptr};
       return spawned(posix_spawnp(&pid, "/nowhere/at/all", nullptr, nullptr, arguments, arguments + 1), pid);
     }},
    {"pthread_create",
     [] {
       pthread_t thread;
       const int error = pthread_create(
           &thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
       if (error == 0) pthread_join(thread, nullptr);
       return error;
     }},
    {"wait", [] { return by_errno(wait(nullptr)); }},
    {"waitpid", [] { return by_errno(waitpid(-1, nullptr, WNOHANG)); }},
    {"wait3", [] { return by_errno(wait3(nullptr, WNOHANG, nullptr)); }},
    {"wait4", [] { return by_errno(wait4(-1, nullptr, WNOHANG, nullptr)); }},
    {"waitid", [] { return by_errno(waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG)); }},
    {"kill", [] { return by_errno(kill(getpid(), 0)); }},
    {"sigqueue", [] { return by_errno(sigqueue(getpid(), 0, {})); }},
    {"nanosleep", [] { return by_errno(nanosleep(&soon, nullptr)); }},
    {"clock_nanosleep", [] { return clock_nanosleep(CLOCK_MONOTONIC, 0, &soon, nullptr); }},
    {"usleep", [] { return by_errno(usleep(1)); }},
    // It has no other way to tell than that it slept less.
    {"sleep", [] { return sleep(30) == 30 ? errno : 0; }, true},
    {"pause", [] { return by_errno(pause()); }, true},
    {"sigsuspend",
     [] {
       sigset_t none;
       sigemptyset(&none);
       return by_errno(sigsuspend(&none));
     },
     true},
    {"sigwait",
     [] {
       sigset_t one;
       int which = 0;
       sigemptyset(&one);
       return sigwait(&one, &which);
     },
     true},
    {"sigwaitinfo",
     [] {
       sigset_t none;
       sigemptyset(&none);
       return by_errno(sigwaitinfo(&none, nullptr));
     },
     true},
    {"sigtimedwait",
     [] {
       sigset_t none;
       sigemptyset(&none);
       return by_errno(sigtimedwait(&none, nullptr, &soon));
     }},
    {"clock_gettime", [] { return by_errno(clock_gettime(CLOCK_MONOTONIC, &soon)) != 0 ? errno : 0; }},
    {"gettimeofday",
     [] {
       timeval now;
       return by_errno(gettimeofday(&now, nullptr));
     }},
    {"time", [] { return by_errno(time(nullptr)); }},
};

void make_calls(const Words& words) {
  std::string lines;
  for (const CallOnce& call : all_calls) {
    if (call.waits_if_made && word(words, 0) != call.name) continue;
    soon = {0, 1};
    lines += std::string(call.name) + " " + std::to_string(call.error()) + "\n";
  }
  say(lines);
}

void show_symbols(const Words& words) {
  for (const std::string& name : words) {
    Dl_info info{};
    void* symbol = dlsym(RTLD_DEFAULT, name.c_str());
    must(symbol == nullptr || dladdr(symbol, &info) != 0, "dladdr");
    const std::string file = symbol == nullptr ? "nowhere" : info.dli_fname;
    say(name + " " + file.substr(file.rfind('/') + 1));
  }
}

}  // namespace

const std::vector<Act>& call_acts() {
  static const std::vector<Act> acts = {{"calls", make_calls}, {"symbols", show_symbols}};
  return acts;
}

}  // namespace probe
