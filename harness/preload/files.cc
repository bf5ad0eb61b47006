// Making and closing descriptors, and what is done to files. Async-signal-safe.
#include "harness/preload/attempt.h"
#include "harness/preload/channels.h"
#include "harness/preload/waiting.h"

namespace squall::preload {
namespace {

constexpr bool takes_mode(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

/// The mode of an open, where it has one.
mode_t mode_of(int flags, va_list& rest) { return takes_mode(flags) ? va_arg(rest, mode_t) : 0; }

[[gnu::always_inline]] inline int open_at(const char* path, int flags, mode_t mode) {
  return around<Call::open>(
      at_path(path, flags), [=] { return fresh(real::open(path, flags, mode)); },
      [=] { return open_would_wait(AT_FDCWD, path, flags); });
}

[[gnu::always_inline]] inline int open_below(int directory, const char* path, int flags, mode_t mode) {
  return around<Call::openat>(
      at_path(path, flags, directory), [=] { return fresh(real::openat(directory, path, flags, mode)); },
      [=] { return open_would_wait(directory, path, flags); });
}

int fresh_pair(int result, const int* ends) {
  if (result == 0) fresh(ends[0]), fresh(ends[1]);
  return result;
}

bool makes_descriptor(int command) { return command == F_DUPFD || command == F_DUPFD_CLOEXEC; }

}  // namespace

SQUALL_EXPORT int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_at(path, flags, mode);
}
SQUALL_ALIAS(open64, open);

SQUALL_EXPORT int openat(int directory, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_below(directory, path, flags, mode);
}
SQUALL_ALIAS(openat64, openat);

SQUALL_EXPORT int __open_2(const char* path, int flags) { return open_at(path, flags, 0); }
SQUALL_ALIAS(__open64_2, __open_2);

SQUALL_EXPORT int __openat_2(int directory, const char* path, int flags) {
  return open_below(directory, path, flags, 0);
}
SQUALL_ALIAS(__openat64_2, __openat_2);

SQUALL_EXPORT int creat(const char* path, mode_t mode) {
  return around<Call::creat>(
      at_path(path, O_CREAT), [=] { return fresh(real::creat(path, mode)); },
      [=] { return open_would_wait(AT_FDCWD, path, O_WRONLY); });
}
SQUALL_ALIAS(creat64, creat);

SQUALL_EXPORT int pipe(int* ends) {
  return around<Call::pipe>(Nothing{}, [=] { return fresh_pair(real::pipe(ends), ends); });
}

SQUALL_EXPORT int pipe2(int* ends, int flags) {
  return around<Call::pipe2>(Nothing{}, [=] { return fresh_pair(real::pipe2(ends, flags), ends); });
}

SQUALL_EXPORT int mkfifo(const char* path, mode_t mode) {
  return around<Call::mkfifo>(at_path(path), [=] { return real::mkfifo(path, mode); });
}

SQUALL_EXPORT int mkfifoat(int directory, const char* path, mode_t mode) {
  return around<Call::mkfifo>(at_path(path, 0, directory),
                              [=] { return real::mkfifoat(directory, path, mode); });
}

SQUALL_EXPORT int dup(int descriptor) {
  return around<Call::dup>(On{descriptor}, [=] { return fresh(real::dup(descriptor)); });
}

SQUALL_EXPORT int dup2(int descriptor, int target) {
  return around<Call::dup2>(On{descriptor}, [=] { return fresh(real::dup2(descriptor, target)); });
}

SQUALL_EXPORT int dup3(int descriptor, int target, int flags) {
  return around<Call::dup3>(On{descriptor}, [=] { return fresh(real::dup3(descriptor, target, flags)); });
}

SQUALL_EXPORT int fcntl(int descriptor, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* argument = va_arg(rest, void*);  // a number in the same place
  va_end(rest);
  return around<Call::fcntl>(
      Duplicating{descriptor, makes_descriptor(command)},
      [=] {
        const int result = real::fcntl(descriptor, command, argument);
        return makes_descriptor(command) ? fresh(result) : result;
      },
      [=] { return lock_would_wait(descriptor, command, static_cast<const struct flock*>(argument)); });
}
SQUALL_ALIAS(fcntl64, fcntl);

SQUALL_EXPORT int eventfd(unsigned value, int flags) {
  return around<Call::eventfd>(Nothing{}, [=] { return fresh(real::eventfd(value, flags)); });
}

SQUALL_EXPORT int signalfd(int descriptor, const sigset_t* signals, int flags) {
  return around<Call::signalfd>(Nothing{nullptr, descriptor == -1},
                                [=] { return fresh(real::signalfd(descriptor, signals, flags)); });
}

SQUALL_EXPORT int timerfd_create(clockid_t clock, int flags) {
  return around<Call::timerfd_create>(Nothing{}, [=] { return fresh(real::timerfd_create(clock, flags)); });
}

SQUALL_EXPORT int memfd_create(const char* name, unsigned flags) {
  return around<Call::memfd_create>(Nothing{}, [=] { return fresh(real::memfd_create(name, flags)); });
}

SQUALL_EXPORT int close(int descriptor) {
  return around<Call::close>(On{descriptor}, [=] {
    forget(descriptor);
    return real::close(descriptor);
  });
}

SQUALL_EXPORT int close_range(unsigned first, unsigned last, int flags) {
  if (real::close_range == nullptr) prepare();
  forget_all_from(first, last);
  return real::close_range(first, last, flags);
}

SQUALL_EXPORT int flock(int descriptor, int operation) {
  const bool waits = (operation & LOCK_NB) == 0 && operation != LOCK_UN;
  return around<Call::flock>(
      On{descriptor, 0, (operation & LOCK_NB) != 0}, [=] { return real::flock(descriptor, operation); },
      [=] { return waits; });
}

SQUALL_EXPORT int ftruncate(int descriptor, off_t size) {
  return around<Call::ftruncate>(On{descriptor}, [=] { return real::ftruncate(descriptor, size); });
}
SQUALL_ALIAS(ftruncate64, ftruncate);

SQUALL_EXPORT int posix_fallocate(int descriptor, off_t offset, off_t size) {
  return around<Call::posix_fallocate, Fails::with_number>(
      On{descriptor}, [=] { return real::posix_fallocate(descriptor, offset, size); });
}
SQUALL_ALIAS(posix_fallocate64, posix_fallocate);

SQUALL_EXPORT int fsync(int descriptor) {
  return around<Call::fsync>(On{descriptor}, [=] { return real::fsync(descriptor); });
}

SQUALL_EXPORT int fdatasync(int descriptor) {
  return around<Call::fdatasync>(On{descriptor}, [=] { return real::fdatasync(descriptor); });
}

}  // namespace squall::preload
