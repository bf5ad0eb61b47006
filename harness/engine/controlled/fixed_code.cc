#include "harness/engine/controlled/fixed_code.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

namespace squall::controlled {

bool may_change_code(const CallAtEntry& call) {
  switch (call.number) {
    case SYS_mmap:
    case SYS_mprotect:
    case SYS_pkey_mprotect:
      return (call.arguments[2] & PROT_EXEC) != 0;
    case SYS_mremap:
    case SYS_remap_file_pages:
    case SYS_shmat:
      return true;
    default:
      return false;
  }
}

const Slot* FixedCode::find(Address rip, const Slots& slots) const {
  if (replaced_ != slots.replaced()) return nullptr;
  const auto found = slots_.find(rip);
  return found == slots_.end() ? nullptr : found->second;
}

/// From /proc/PID/maps: "begin-end r-xp …".
bool FixedCode::is_fixed(pid_t tid, Address rip) {
  if (ranges_.empty()) {
    std::ifstream maps("/proc/" + std::to_string(tid) + "/maps");
    for (std::string line; std::getline(maps, line);) {
      Range range;
      char write = 0, execute = 0, share = 0;
      const int found =
          std::sscanf(line.c_str(), "%lx-%lx %*c%c%c%c", &range.begin, &range.end, &write, &execute, &share);
      if (found == 5 && write == '-' && execute == 'x' && share == 'p') ranges_.push_back(range);
    }
  }
  return std::ranges::any_of(ranges_,
                             [rip](const Range& range) { return rip >= range.begin && rip < range.end; });
}

void FixedCode::keep(pid_t tid, Address rip, const Slot& slot, const Slots& slots) {
  if (slot.obstacle != Obstacle::none || !is_fixed(tid, rip)) return;
  if (replaced_ != slots.replaced()) slots_.clear();
  replaced_ = slots.replaced();
  slots_[rip] = &slot;
}

}  // namespace squall::controlled
