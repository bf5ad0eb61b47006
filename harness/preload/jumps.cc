// Jumps out of handlers. Async-signal-safe.
//
// Where a jump leads tells which handlers it leaves, and glibc keeps the stack pointer of a jmp_buf
// scrambled: rotated, and xored with a guard of the thread (sysdeps/x86_64/setjmp.S, pointer_guard.h).
// Elsewhere every handler is taken to be left.
#include "harness/preload/handlers.h"
#include "harness/preload/real.h"
#include "harness/preload/state.h"

namespace squall::preload {
namespace {

#if defined(__x86_64__)
constexpr int stack_slot = 6;

std::uintptr_t target_of(const __jmp_buf_tag* environment) {
  auto stack = static_cast<std::uintptr_t>(environment->__jmpbuf[stack_slot]);
  asm("ror $17, %0\n\txor %%fs:0x30, %0" : "+r"(stack));
  return stack;
}
#else
std::uintptr_t target_of(const __jmp_buf_tag*) { return 0; }
#endif

void prepare_jump(const __jmp_buf_tag* environment) {
  if (real::longjmp == nullptr) prepare();
  if (library.active && (thread.innermost != nullptr || thread.is_interrupting))
    leave_handlers(target_of(environment));
}

}  // namespace

SQUALL_EXPORT void siglongjmp(sigjmp_buf environment, int value) {
  prepare_jump(environment);
  real::siglongjmp(environment, value);
  __builtin_unreachable();
}

SQUALL_EXPORT void longjmp(jmp_buf environment, int value) {
  prepare_jump(environment);
  real::longjmp(environment, value);
  __builtin_unreachable();
}

SQUALL_EXPORT void _longjmp(jmp_buf environment, int value) {
  prepare_jump(environment);
  real::_longjmp(environment, value);
  __builtin_unreachable();
}

SQUALL_EXPORT void __longjmp_chk(__jmp_buf_tag* environment, int value) {
  prepare_jump(environment);
  real::__longjmp_chk(environment, value);
  __builtin_unreachable();
}

}  // namespace squall::preload
