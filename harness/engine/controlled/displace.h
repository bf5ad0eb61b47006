// One instruction that touches shared memory, run somewhere else: what it accesses, and the same instruction
// with its displacement moved so that it reaches the alias of the region, followed by a jump back. The code
// in a slot touches no register and no flag that the instruction itself does not touch.
//
// Pure functions over bytes and registers; no process is needed. Thread-safe. displace.cc is the only file
// that uses Zydis.
#pragma once

#include <sys/user.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace squall::controlled {

inline constexpr std::size_t longest_instruction = 15;  ///< Intel SDM 2, 2.3.11
inline constexpr std::size_t slot_bytes = 32;           ///< the longest instruction and the jump back fit

/// Why an instruction cannot run out of line.
enum class Obstacle : std::uint8_t {
  none,
  undecodable,   ///< not an instruction, or cut short
  no_memory,     ///< none of its operands is memory
  string,        ///< movs, stos, cmps, …, with rep or without: rsi and rdi are the addresses
  implicit,      ///< another fixed register is the address: maskmovdqu, xlat, monitor
  gather,        ///< gather and scatter: a vector of addresses
  stack,         ///< push, pop, enter, leave: touches the stack too
  control,       ///< call, jmp, ret: must run where it is
  unknown_size,  ///< xsave and its like: how much it touches depends on the CPU
  too_long,      ///< with a wider displacement it exceeds 15 bytes
  straddles,     ///< begins or ends outside the region
  elsewhere,     ///< the address that faulted is not one it accesses: registers or code changed meanwhile
  unreachable,   ///< the moved displacement does not fit into 32 bits
  slots_full,
  fetch,  ///< the instruction itself lies in the region
};
std::string_view reason(Obstacle);  ///< "a string instruction", for reports

enum class AccessKind : std::uint8_t { load, store, rmw };

struct Access {
  std::uint64_t address = 0;
  std::uint32_t size = 0;  ///< bytes; an upper bound where a mask decides
  AccessKind kind = AccessKind::load;
  /// A read-modify-write that no other CPU can come between. Without it (`addl $1, x`, what g++ makes of x++)
  /// the halves are two events on a real machine: encode() takes any distance, so that the executor can run
  /// the instruction on a private copy of what it loaded and store the result later.
  bool is_atomic = true;
};

using Code = std::array<std::uint8_t, slot_bytes>;
using InstructionBytes = std::array<std::uint8_t, longest_instruction>;

inline constexpr std::uint8_t no_register = 0xff;
inline constexpr std::uint8_t instruction_pointer = 16;

enum class SegmentBase : std::uint8_t { none, fs, gs };

/// What decoding tells, once for an instruction; addresses need the registers of each time.
struct Form {
  Obstacle obstacle = Obstacle::undecodable;
  std::uint8_t length = 0;
  AccessKind kind = AccessKind::load;
  bool is_atomic = true;
  bool is_absolute = false;         ///< mov with a 64-bit address of its own (moffs)
  bool has_narrow_address = false;  ///< 32-bit addressing
  SegmentBase segment = SegmentBase::none;
  std::uint8_t base = no_register;  ///< 0–15 as encoded, or instruction_pointer
  std::uint8_t index = no_register;
  std::uint8_t scale = 0;
  std::uint8_t bit_register = no_register;  ///< bt, bts, btr, btc: whose bits above the word move the address
  std::uint8_t modrm_at = 0;                ///< offsets within the instruction
  std::uint8_t displacement_at = 0;         ///< where it is, or would be
  std::uint8_t displacement_bytes = 0;
  std::uint32_t size = 0;
  std::int64_t displacement = 0;
};

/// Decodes the instruction that begins `code`; give 15 bytes where there are so many.
Form decode(std::span<const std::uint8_t> code);

/// Its mnemonic, for reports: "movaps"; empty when it cannot be decoded.
std::string mnemonic(std::span<const std::uint8_t> code);

/// What the instruction at `rip` will access. Only for forms without an obstacle.
Access access_of(const Form&, std::uint64_t rip, const user_regs_struct&);

struct Region {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Whether an access that faulted at `fault_address` lies in the region wholly: none, straddles or elsewhere.
Obstacle check_placement(const Access&, std::uint64_t fault_address, const Region&);

/// Moves the instruction that stands at `rip` to `slot` and its memory operand by `distance`, and appends the
/// jump to the instruction after it. Gives unreachable or too_long, or the form's own obstacle, and leaves
/// `out` alone then.
Obstacle encode(const Form&, std::span<const std::uint8_t> code, std::uint64_t rip, std::int64_t distance,
                std::uint64_t slot, Code& out);

/// Bytes that the instruction itself takes in its slot: the jump begins there.
std::size_t displaced_length(const Form&);

/// All of it at once, for an access seen only once.
struct Displaced {
  Obstacle obstacle = Obstacle::none;
  Access access;
  std::uint8_t length = 0;  ///< of the original
  Code code{};
};
Displaced displace(std::span<const std::uint8_t> code, const user_regs_struct&, std::uint64_t fault_address,
                   const Region&, std::int64_t distance, std::uint64_t slot);

}  // namespace squall::controlled
