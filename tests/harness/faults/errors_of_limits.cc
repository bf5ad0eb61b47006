// Errors of what a limit of the process or of its user forbids, and of memory.
#include "tests/harness/child.h"
#include "tests/harness/faults/objects.h"
#include "tests/harness/faults/passing.h"
#include "tests/harness/faults/transfer.h"
#include "tests/harness/faults/trial.h"

#include <pthread.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/sysinfo.h>

namespace squall::tests {
namespace {

using faults::Call;
using faults::Object;
using faults::When;

Provocation error(Call call, Object object, int number, When when, std::function<Trial()> trial) {
  return {faults::Action::error, call, object, number, when, [number, trial = std::move(trial)] {
            return try_in_child(number, trial);
          }};
}

/// The limit falls between two attempts.
std::function<Trial()> limited(Attempt attempt, int resource) {
  return [=] { return before_and_after(attempt, [resource] { return set_limit(resource, 0); }); };
}

std::function<Trial()> limited_as_nobody(Attempt attempt, int resource) {
  return [=] {
    return before_and_after(attempt, [resource] {
      std::string obstacle = become_ordinary();
      return obstacle.empty() ? set_limit(resource, 0) : obstacle;
    });
  };
}

long reap(pid_t child) {
  if (child > 0) waitpid(child, nullptr, 0);
  return child;
}

long fork_once() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  return reap(child);
}

template <typename Spawn>
long spawn_once(Spawn spawn, const char* program) {
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  pid_t child = 0;
  const int number = spawn(&child, program, nullptr, nullptr, arguments, environ);
  return number == 0 ? reap(child) : failed_with(number);
}

long spawn_path() { return spawn_once(posix_spawn, "/bin/true"); }
long spawn_name() { return spawn_once(posix_spawnp, "true"); }

long create_thread() {
  pthread_t thread;
  const int number = pthread_create(
      &thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
  if (number == 0) pthread_join(thread, nullptr);
  return failed_with(number);
}

long map_page() {
  return mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

/// Marked for removal while it is attached, it can be attached once more: shmctl(2).
Trial attach_without_room() {
  const int segment = must(shmget(IPC_PRIVATE, 4096, 0600));
  const bool attached = shmat(segment, nullptr, 0) != reinterpret_cast<void*>(-1);
  shmctl(segment, IPC_RMID, nullptr);
  if (!attached) return {.wrong = "shmat"};
  return limited([segment] { return shmat(segment, nullptr, 0) == reinterpret_cast<void*>(-1) ? -1 : 0; },
                 RLIMIT_AS)();
}

bool overcommit_is_heuristic() {
  std::ifstream file("/proc/sys/vm/overcommit_memory");
  return file.get() == '0';
}

/// Each half is granted, for it is less than the machine has; side by side they are one mapping that is more,
/// and that is never copied. Nothing of it is ever touched.
std::string map_more_than_there_is() {
  if (!overcommit_is_heuristic()) return "vm.overcommit_memory is not 0";
  struct sysinfo machine {};
  must(sysinfo(&machine));
  const std::size_t pages = (machine.totalram + machine.totalswap) * machine.mem_unit / 4096;
  const std::size_t half = pages * 6 / 10 * 4096;
  char* const place = static_cast<char*>(
      mmap(nullptr, 2 * half, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  for (char* part : {place, place + half})
    if (mmap(part, half, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != part)
      return "half of the memory cannot be mapped";
  return {};
}

Trial fork_without_memory() { return before_and_after(fork_once, map_more_than_there_is); }

Trial queue_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return limited([] { return sigqueue(getpid(), SIGRTMIN, sigval{}); }, RLIMIT_SIGPENDING)();
}

/// Root is above this limit.
Trial pass_too_many(Object object) {
  const SharedEnds ends = make_ends(object);
  const Attempt pass = [ends] { return send_descriptor(ends->writing.get(), ends->reading.get()); };
  return before_and_after(pass, [&] {
    if (const std::string obstacle = become_ordinary(); !obstacle.empty()) return obstacle;
    const std::string obstacle = set_limit(RLIMIT_NOFILE, 0);
    pass();  // in flight, and more than 0
    return obstacle;
  });
}

/// Each attempt makes the file longer.
Attempt growing(Call call) {
  return [call, file = std::make_shared<FileDescriptor>(make_file())] {
    const off_t size = lseek(file->get(), 0, SEEK_END);
    if (call == Call::ftruncate) return static_cast<long>(ftruncate(file->get(), size + 1));
    if (call == Call::posix_fallocate) return failed_with(posix_fallocate(file->get(), size, 1));
    return give(call, file->get(), std::string(static_cast<std::size_t>(size) + 1, 'x'));
  };
}

Provocation too_big(Call call, Object object) {
  return error(call, object, EFBIG, When::always, [call] {
    signal(SIGXFSZ, SIG_IGN);
    return limited(growing(call), RLIMIT_FSIZE)();
  });
}

}  // namespace

Provocations errors_of_limits() {
  using enum Call;
  Provocations all = {
      error(Call::mmap, Object::any, ENOMEM, When::always, limited(map_page, RLIMIT_AS)),
      error(Call::shmat, Object::any, ENOMEM, When::always, attach_without_room),
      error(Call::fork, Object::any, EAGAIN, When::always, limited_as_nobody(fork_once, RLIMIT_NPROC)),
      error(Call::fork, Object::any, ENOMEM, When::always, fork_without_memory),
      error(Call::pthread_create, Object::any, EAGAIN, When::always,
            limited_as_nobody(create_thread, RLIMIT_NPROC)),
      error(Call::sigqueue, Object::any, EAGAIN, When::real_time, queue_signal)};
  for (const auto& [call, spawn] :
       {std::pair{Call::posix_spawn, &spawn_path}, {Call::posix_spawnp, &spawn_name}}) {
    all.push_back(error(call, Object::any, EAGAIN, When::always, limited_as_nobody(spawn, RLIMIT_NPROC)));
    all.push_back(error(call, Object::any, ENOMEM, When::always, limited(spawn, RLIMIT_AS)));
  }
  for (Object object : {Object::unix_stream, Object::unix_dgram, Object::unix_seqpacket})
    all.push_back(
        error(sendmsg, object, ETOOMANYREFS, When::passing, [object] { return pass_too_many(object); }));
  for (Call call : {Call::write, writev, Call::pwrite, pwritev}) all.push_back(too_big(call, Object::file));
  for (Call call : {Call::ftruncate, Call::posix_fallocate}) all.push_back(too_big(call, Object::any));
  return all;
}

}  // namespace squall::tests
