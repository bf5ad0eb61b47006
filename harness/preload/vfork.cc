// The child of a vfork borrows its parent's stack, so that no frame of ours may stand between it and libc:
// count, and jump. What the child does until its exec is taken for its parent's doing: they share all memory,
// and the parent waits.
#include "harness/preload/vfork.h"

static std::uint64_t counted_before_there_was_a_diary = 0;

extern "C" {
constinit decltype(&::vfork) squall_vfork = &::fork;
constinit std::uint64_t* squall_vfork_count = &counted_before_there_was_a_diary;
}

#if defined(__x86_64__)
asm(R"(
    .text
    .globl vfork
    .type vfork, %function
vfork:
    movq squall_vfork_count(%rip), %rax
    lock incq (%rax)
    movq squall_vfork(%rip), %rax
    jmp *%rax
    .size vfork, .-vfork
)");
#else
SQUALL_EXPORT pid_t vfork() { return fork(); }
#endif
