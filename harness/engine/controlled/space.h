// An address space as the tracer knows it: shared by threads and by a vforked child, copied by fork, new
// after exec. One thread.
#pragma once

#include "harness/engine/controlled/ptrace.h"
#include "harness/engine/controlled/strategy.h"

namespace squall::controlled {

struct AddressSpace {
  ObjectId identity = no_object;  ///< the same in every execution
  Address call_instruction = 0;   ///< of a `syscall` that nobody minds being used: in the hidden vDSO
};

}  // namespace squall::controlled
