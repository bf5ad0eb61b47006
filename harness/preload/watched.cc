// Async-signal-safe.
#include "harness/preload/watched.h"

namespace squall::preload {
namespace {

enum Claim : std::uint32_t { is_free, being_written, is_ready };

/// Names that are cut stay names of the same function.
bool same_name(const char (&kept)[32], const char* name) { return strncmp(kept, name, sizeof kept - 1) == 0; }

void keep_name(char (&kept)[32], const char* name) {
  const std::size_t length = strnlen(name, sizeof kept - 1);
  memcpy(kept, name, length);
  kept[length] = 0;
}

bool claim(faults::UnsafeCall& entry, std::uint32_t signal, const char* called, const char* interrupted) {
  std::uint32_t free = is_free;
  if (!entry.claimed.compare_exchange_strong(free, being_written, std::memory_order_acq_rel)) return false;
  entry.signal = signal;
  keep_name(entry.called, called);
  keep_name(entry.interrupted, interrupted);
  entry.claimed.store(is_ready, std::memory_order_release);
  return true;
}

}  // namespace

void note_unsafe(const char* function) {
  if (thread.innermost == nullptr) return;
  const char* interrupted = thread.interrupted != nullptr ? thread.interrupted : "";
  const auto signal = static_cast<std::uint32_t>(thread.innermost->signal);
  for (faults::UnsafeCall& entry : library.diary->unsafe) {
    const bool claimed = claim(entry, signal, function, interrupted);
    const bool is_known =
        claimed || (entry.claimed.load(std::memory_order_acquire) == is_ready && entry.signal == signal &&
                    same_name(entry.called, function) && same_name(entry.interrupted, interrupted));
    if (!is_known) continue;
    entry.count.fetch_add(1, std::memory_order_relaxed);
    return;
  }
}

void note_unseen(faults::Unseen what) {
  if (library.diary == nullptr) return;
  library.diary->unseen[static_cast<unsigned>(what)].fetch_add(1, std::memory_order_relaxed);
}

}  // namespace squall::preload
