// Shared memory. Async-signal-safe.
#include "harness/preload/attempt.h"
#include "harness/preload/channels.h"

namespace squall::preload {
namespace {

constexpr std::size_t smallest_segment = 1;

/// Attached memory belongs to the channel of its segment.
void* attached(void* begin, int segment) {
  if (begin == MAP_FAILED || library.rules == nullptr || library.rules->channel_count == 0) return begin;
  const KeepErrno keep;
  shmid_ds status;
  const std::size_t size =
      real::shmctl(segment, IPC_STAT, &status) == 0 ? status.shm_segsz : smallest_segment;
  remember_region(begin, size, channel_of(Identified{Subject::Kind::segment_id, segment}.subject()));
  return begin;
}

/// Mapped memory belongs to the channel of its file.
void* mapped(void* begin, std::size_t size, int descriptor) {
  if (begin == MAP_FAILED || descriptor < 0 || library.rules == nullptr || library.rules->channel_count == 0)
    return begin;
  const KeepErrno keep;
  remember_region(begin, size, channel_of_descriptor(descriptor));
  return begin;
}

}  // namespace

SQUALL_EXPORT int shm_open(const char* name, int flags, mode_t mode) {
  return around<Call::shm_open>(at_name(name, flags),
                                [=] { return fresh_by_name(real::shm_open(name, flags, mode), name); });
}

SQUALL_EXPORT int shm_unlink(const char* name) {
  return around<Call::shm_unlink>(at_name(name), [=] { return real::shm_unlink(name); });
}

SQUALL_EXPORT int shmget(key_t key, size_t size, int flags) {
  return around<Call::shmget>(with_key(key, flags), [=] { return real::shmget(key, size, flags); });
}

SQUALL_EXPORT void* shmat(int segment, const void* address, int flags) {
  return around<Call::shmat>(Identified{Subject::Kind::segment_id, segment},
                             [=] { return attached(real::shmat(segment, address, flags), segment); });
}

SQUALL_EXPORT int shmdt(const void* address) {
  return around<Call::shmdt>(in_memory(address), [=] {
    forget_region(address);
    return real::shmdt(address);
  });
}

SQUALL_EXPORT int shmctl(int segment, int command, shmid_ds* status) {
  return around<Call::shmctl>(Identified{Subject::Kind::segment_id, segment},
                              [=] { return real::shmctl(segment, command, status); });
}

SQUALL_EXPORT void* mmap(void* address, size_t size, int protection, int flags, int descriptor,
                         off_t offset) {
  return around<Call::mmap>(On{descriptor}, [=] {
    return mapped(real::mmap(address, size, protection, flags, descriptor, offset), size, descriptor);
  });
}
SQUALL_ALIAS(mmap64, mmap);

SQUALL_EXPORT int munmap(void* address, size_t size) {
  return around<Call::munmap>(in_memory(address), [=] {
    forget_region(address);
    return real::munmap(address, size);
  });
}

SQUALL_EXPORT int msync(void* address, size_t size, int flags) {
  return around<Call::msync>(in_memory(address), [=] { return real::msync(address, size, flags); });
}

}  // namespace squall::preload
