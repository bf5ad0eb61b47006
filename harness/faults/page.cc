#include "harness/faults/page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace squall::faults {
namespace {

/// The mapping lives as long as the process.
void* map(const char* path, std::size_t bytes, bool make, bool writable) {
  const int flags = (make ? O_CREAT | O_EXCL : 0) | (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC;
  const int file = open(path, flags, 0600);
  if (file < 0) return nullptr;
  void* page = MAP_FAILED;
  if (!make || ftruncate(file, static_cast<off_t>(bytes)) == 0)
    page = mmap(nullptr, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return page == MAP_FAILED ? nullptr : page;
}

}  // namespace

RulePage* open_rules(const char* path, bool make) {
  void* page = map(path, sizeof(RulePage), make, make);
  if (page != nullptr && make) return new (page) RulePage;
  return static_cast<RulePage*>(page);
}

/// A new file is all zeros, and that is an empty diary: its pages are made as they are written.
Diary* open_diary(const char* path, bool make) {
  return static_cast<Diary*>(map(path, sizeof(Diary), make, true));
}

Decision* note(Diary& diary, const Key& key, unsigned rule, Action action, std::uint64_t value,
               std::uint64_t time_ns) {
  const std::uint32_t index = diary.next.fetch_add(1, std::memory_order_relaxed);
  if (index >= max_decisions) {
    diary.dropped.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  Decision& decision = diary.decisions[index];
  decision.key = key;
  decision.time_ns = time_ns;
  decision.value = value;
  decision.rule = static_cast<std::uint16_t>(rule);
  decision.action = action;
  decision.effect.store(Effect::done, std::memory_order_relaxed);
  decision.complete.store(1, std::memory_order_release);
  return &decision;
}

}  // namespace squall::faults
