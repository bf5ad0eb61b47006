#include "harness/worker/control.h"

#include "harness/history/recorder.h"
#include "ipc/descriptor.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>
#include <new>

namespace squall::worker {

Result<ControlPage*> open_control(const std::string& path, bool create) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0), 0600));
  if (!file) return failed("open");
  if (create && ftruncate(file.get(), sizeof(ControlPage)) != 0) return failed("ftruncate");
  void* mapped = mmap(nullptr, sizeof(ControlPage), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED) return failed("mmap");
  return create ? new (mapped) ControlPage() : static_cast<ControlPage*>(mapped);
}

bool futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t deadline_ns) {
  while (word.load(std::memory_order_acquire) == expected) {
    if (history::now_ns() >= deadline_ns) return false;
    const timespec deadline{static_cast<time_t>(deadline_ns / 1'000'000'000u),
                            static_cast<long>(deadline_ns % 1'000'000'000u)};
    syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, expected, &deadline, nullptr, FUTEX_BITSET_MATCH_ANY);
  }
  return true;
}

void futex_wake(const std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace squall::worker
