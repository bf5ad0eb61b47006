// All registers that an instruction can read or change: loaded, a piece of code run, saved. One at a time in
// a process: the state is a static object, since no register is free to point to it.
#pragma once

#include <cstdint>

namespace squall::tests {

struct ProcessorState {
  std::uint64_t general[16];  ///< as encoded: rax rcx rdx rbx rsp rbp rsi rdi r8 … r15
  std::uint64_t flags;
  std::uint64_t masks[8];
  std::uint64_t unused[7];
  alignas(64) std::uint8_t vectors[32][64];
  alignas(64) std::uint8_t x87[512];  ///< FXSAVE
};

/// What the CPU has of the forms' levels: 0 SSE4.2, 1 AVX2, 2 AVX-512.
unsigned processor_level();

/// The state that run_code() loads and leaves behind.
extern "C" ProcessorState processor_state __attribute__((visibility("hidden")));

/// Runs the code at `entry`, which must end by jumping to code_end(). Its stack pointer is the state's.
void run_code(std::uint64_t entry);
std::uint64_t code_end();

}  // namespace squall::tests
