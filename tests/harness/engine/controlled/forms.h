// Every memory-operand form that compilers and libraries emit, assembled, for the differential test. Static
// data.
#pragma once

#include <cstdint>
#include <span>

namespace squall::tests {

struct AssembledForm {
  const std::uint8_t* code;
  std::uint64_t length;
  const char* text;
  char kind;           ///< L, S, M or A, see forms.cc
  std::uint8_t level;  ///< what the CPU must have: 0 SSE4.2, 1 AVX2, 2 AVX-512
};

std::span<const AssembledForm> assembled_forms();

}  // namespace squall::tests
