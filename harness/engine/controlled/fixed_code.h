// Instructions that cannot have changed since they were last read: those in mappings that are private and not
// writable. Their slots need not be compared with them each time, which is a tenth of what an access costs.
//
// Of an address space and of those that are forked from it, until one of them maps something executable, or
// its first shared memory: that one begins anew. What nothing tells of, and it would miss: a program that
// writes over its own code through /proc/self/mem.
#pragma once

#include "harness/engine/controlled/ptrace.h"
#include "harness/engine/controlled/slots.h"

#include <unordered_map>
#include <vector>

namespace squall::controlled {

/// Whether other code may be at some address after it.
bool may_change_code(const CallAtEntry&);

class FixedCode {
 public:
  /// The slot of the instruction at this address, if it was kept.
  const Slot* find(Address rip, const Slots&) const;
  /// Keeps it where the code is fixed; `slot` is one of `slots` and has just been compared.
  void keep(pid_t, Address rip, const Slot& slot, const Slots& slots);

 private:
  struct Range {
    Address begin = 0, end = 0;
  };
  std::vector<Range> ranges_;  ///< read when first needed
  std::unordered_map<Address, const Slot*> slots_;
  std::uint64_t replaced_ = 0;  ///< Slots::replaced() when they were kept

  bool is_fixed(pid_t, Address);
};

}  // namespace squall::controlled
