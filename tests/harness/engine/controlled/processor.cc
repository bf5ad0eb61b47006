#include "tests/harness/engine/controlled/processor.h"

#include <cstddef>

namespace squall::tests {

extern "C" {
ProcessorState processor_state;
__attribute__((visibility("hidden"))) std::uint64_t processor_entry, processor_real_stack;
__attribute__((visibility("hidden"))) unsigned processor_width;
__attribute__((visibility("hidden"))) void processor_run();
__attribute__((visibility("hidden"))) void processor_continue();
}

static_assert(offsetof(ProcessorState, flags) == 128 && offsetof(ProcessorState, masks) == 136);
static_assert(offsetof(ProcessorState, vectors) == 256 && offsetof(ProcessorState, x87) == 2304);

asm(R"asm(
  .text
  .globl processor_run
  .type processor_run, @function
processor_run:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, processor_real_stack(%rip)
  fxrstor64 processor_state+2304(%rip)
  cmpl $1, processor_width(%rip)
  jb 2f
  je 1f
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  vmovdqu64 processor_state+256+64*\n(%rip), %zmm\n
  .endr
  .irp n, 0,1,2,3,4,5,6,7
  kmovq processor_state+136+8*\n(%rip), %k\n
  .endr
  jmp 2f
1:
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
  vmovdqu processor_state+256+64*\n(%rip), %ymm\n
  .endr
2:
  push processor_state+128(%rip)
  popfq
  mov processor_state+0(%rip), %rax
  mov processor_state+8(%rip), %rcx
  mov processor_state+16(%rip), %rdx
  mov processor_state+24(%rip), %rbx
  mov processor_state+40(%rip), %rbp
  mov processor_state+48(%rip), %rsi
  mov processor_state+56(%rip), %rdi
  .irp n, 8,9,10,11,12,13,14,15
  mov processor_state+8*\n(%rip), %r\n
  .endr
  mov processor_state+32(%rip), %rsp
  jmp *processor_entry(%rip)
  .size processor_run, . - processor_run

  .globl processor_continue
  .type processor_continue, @function
processor_continue:
  mov %rsp, processor_state+32(%rip)
  mov processor_real_stack(%rip), %rsp
  mov %rax, processor_state+0(%rip)
  mov %rcx, processor_state+8(%rip)
  mov %rdx, processor_state+16(%rip)
  mov %rbx, processor_state+24(%rip)
  mov %rbp, processor_state+40(%rip)
  mov %rsi, processor_state+48(%rip)
  mov %rdi, processor_state+56(%rip)
  .irp n, 8,9,10,11,12,13,14,15
  mov %r\n, processor_state+8*\n(%rip)
  .endr
  pushfq
  pop processor_state+128(%rip)
  cmpl $1, processor_width(%rip)
  jb 2f
  je 1f
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  vmovdqu64 %zmm\n, processor_state+256+64*\n(%rip)
  .endr
  .irp n, 0,1,2,3,4,5,6,7
  kmovq %k\n, processor_state+136+8*\n(%rip)
  .endr
  jmp 2f
1:
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
  vmovdqu %ymm\n, processor_state+256+64*\n(%rip)
  .endr
2:
  fxsave64 processor_state+2304(%rip)
  fninit
  cmpl $1, processor_width(%rip)
  jb 3f
  vzeroupper
3:
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret
  .size processor_continue, . - processor_continue
)asm");

unsigned processor_level() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return 2;
  return __builtin_cpu_supports("avx2") ? 1 : 0;
}

void run_code(std::uint64_t entry) {
  processor_entry = entry;
  processor_width = processor_level();
  const unsigned control = __builtin_ia32_stmxcsr();
  processor_run();
  __builtin_ia32_ldmxcsr(control);
}

std::uint64_t code_end() { return reinterpret_cast<std::uint64_t>(&processor_continue); }

}  // namespace squall::tests
