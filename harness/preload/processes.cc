// Processes and threads. Async-signal-safe, but for what libc's own functions are not.
#include "harness/preload/attempt.h"
#include "harness/preload/executes.h"
#include "harness/preload/lineage.h"
#include "harness/preload/waiting.h"
#include "harness/preload/watched.h"

namespace squall::preload {
namespace {

using Start = void*(void*);

/// What a new thread has to know before it begins. There is no memory to be had here: when all places are
/// taken, the thread begins without, and is a stranger.
struct Birth {
  Start* start = nullptr;
  void* argument = nullptr;
  std::uint32_t identity = 0;
  std::atomic<bool> taken{false};
};
constexpr unsigned most_births = 512;
constinit Birth births[most_births];

Birth* take_birth() {
  for (Birth& birth : births)
    if (!birth.taken.load(std::memory_order_relaxed) &&
        !birth.taken.exchange(true, std::memory_order_acquire))
      return &birth;
  return nullptr;
}

void* begin_thread(void* context) {
  auto* birth = static_cast<Birth*>(context);
  Start* const start = birth->start;
  void* const argument = birth->argument;
  thread.identity = birth->identity;
  thread.is_known = true;
  birth->taken.store(false, std::memory_order_release);
  return start(argument);
}

int create_thread(pthread_t* thread, const pthread_attr_t* attributes, Start* start, void* argument) {
  Birth* birth = library.active ? take_birth() : nullptr;
  if (birth == nullptr) return real::pthread_create(thread, attributes, start, argument);
  birth->start = start;
  birth->argument = argument;
  birth->identity = next_thread();
  const int error = real::pthread_create(thread, attributes, begin_thread, birth);
  if (error != 0) birth->taken.store(false, std::memory_order_release);
  return error;
}

/// The atfork handlers do not see this one.
pid_t fork_unseen() {
  if (!library.active) return real::_Fork();
  const std::uint64_t child_identity = next_process();
  const pid_t pid = real::_Fork();
  if (pid == 0) become(child_identity);
  return pid;
}

idtype_t which(pid_t pid) { return pid == -1 ? P_ALL : pid <= 0 ? P_PGID : P_PID; }
id_t id_of(pid_t pid) { return static_cast<id_t>(pid == -1 || pid == 0 ? 0 : pid < 0 ? -pid : pid); }

bool child_of_pid_would_wait(pid_t pid, int options) {
  return child_would_wait(which(pid), id_of(pid), options | WEXITED);
}

}  // namespace

SQUALL_EXPORT pid_t fork() {
  return around<Call::fork>(Nothing{}, [] { return real::fork(); });
}

SQUALL_EXPORT pid_t _Fork() {
  return around<Call::fork>(Nothing{}, [] { return fork_unseen(); });
}

SQUALL_EXPORT int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                              const posix_spawnattr_t* attributes, char* const* arguments,
                              char* const* environment) {
  return around<Call::posix_spawn, Fails::with_number>(Nothing{}, [=] {
    return with_lineage(path, false, environment, [=](char* const* lineage) {
      return real::posix_spawn(pid, path, actions, attributes, arguments, lineage);
    });
  });
}

SQUALL_EXPORT int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                               const posix_spawnattr_t* attributes, char* const* arguments,
                               char* const* environment) {
  return around<Call::posix_spawnp, Fails::with_number>(Nothing{}, [=] {
    return with_lineage(file, true, environment, [=](char* const* lineage) {
      return real::posix_spawnp(pid, file, actions, attributes, arguments, lineage);
    });
  });
}

SQUALL_EXPORT int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, Start* start,
                                 void* argument) {
  return around<Call::pthread_create, Fails::with_number>(
      Nothing{}, [=] { return create_thread(thread, attributes, start, argument); });
}

SQUALL_EXPORT pid_t wait(int* status) {
  return around<Call::wait>(
      Nothing{}, [=] { return real::wait(status); }, [] { return child_of_pid_would_wait(-1, 0); });
}

SQUALL_EXPORT pid_t waitpid(pid_t pid, int* status, int options) {
  return around<Call::waitpid>(
      Nothing{}, [=] { return real::waitpid(pid, status, options); },
      [=] { return child_of_pid_would_wait(pid, options); });
}

SQUALL_EXPORT pid_t wait3(int* status, int options, rusage* usage) {
  return around<Call::wait3>(
      Nothing{}, [=] { return real::wait3(status, options, usage); },
      [=] { return child_of_pid_would_wait(-1, options); });
}

SQUALL_EXPORT pid_t wait4(pid_t pid, int* status, int options, rusage* usage) {
  return around<Call::wait4>(
      Nothing{}, [=] { return real::wait4(pid, status, options, usage); },
      [=] { return child_of_pid_would_wait(pid, options); });
}

SQUALL_EXPORT int waitid(idtype_t kind, id_t id, siginfo_t* info, int options) {
  return around<Call::waitid>(
      Nothing{}, [=] { return real::waitid(kind, id, info, options); },
      [=] { return child_would_wait(kind, id, options); });
}

SQUALL_EXPORT int kill(pid_t pid, int signal) {
  return around<Call::kill>(Nothing{}, [=] { return real::kill(pid, signal); });
}

SQUALL_EXPORT int sigqueue(pid_t pid, int signal, const sigval value) {
  return around<Call::sigqueue>(Nothing{nullptr, false, signal >= SIGRTMIN},
                                [=] { return real::sigqueue(pid, signal, value); });
}

}  // namespace squall::preload
