// Addresses and bytes: how a memory operand is found and how it is moved (Intel SDM 2, 2.1.5 and 2.2.1).
#include "harness/engine/controlled/displace.h"

#include <algorithm>
#include <cstring>

namespace squall::controlled {
namespace {

constexpr std::size_t jump_bytes = 14;
constexpr std::uint8_t mod_mask = 0xc0;
constexpr std::uint8_t mod_wide = 0x80;  ///< a displacement of 32 bits follows
static_assert(longest_instruction + jump_bytes <= slot_bytes);

std::uint64_t register_value(const user_regs_struct& regs, std::uint8_t number) {
  switch (number) {
    case 0:
      return regs.rax;
    case 1:
      return regs.rcx;
    case 2:
      return regs.rdx;
    case 3:
      return regs.rbx;
    case 4:
      return regs.rsp;
    case 5:
      return regs.rbp;
    case 6:
      return regs.rsi;
    case 7:
      return regs.rdi;
    case 8:
      return regs.r8;
    case 9:
      return regs.r9;
    case 10:
      return regs.r10;
    case 11:
      return regs.r11;
    case 12:
      return regs.r12;
    case 13:
      return regs.r13;
    case 14:
      return regs.r14;
    case 15:
      return regs.r15;
    default:
      return 0;
  }
}

std::uint64_t segment_base(const Form& form, const user_regs_struct& regs) {
  if (form.segment == SegmentBase::none) return 0;
  return form.segment == SegmentBase::fs ? regs.fs_base : regs.gs_base;
}

/// Bytes between the operand and the word that holds the bit: the bit number is signed and counts in words.
std::int64_t bit_offset(const Form& form, const user_regs_struct& regs) {
  if (form.bit_register == no_register) return 0;
  const auto bit = static_cast<std::int64_t>(register_value(regs, form.bit_register));
  if (form.size == 2) return static_cast<std::int64_t>(static_cast<std::int16_t>(bit) >> 4) * 2;
  if (form.size == 4) return static_cast<std::int64_t>(static_cast<std::int32_t>(bit) >> 5) * 4;
  return (bit >> 6) * 8;
}

/// Base, index and displacement, without the segment.
std::uint64_t offset_of(const Form& form, std::uint64_t rip, const user_regs_struct& regs) {
  std::uint64_t offset = static_cast<std::uint64_t>(form.displacement);
  if (form.base == instruction_pointer)
    offset += rip + form.length;
  else
    offset += register_value(regs, form.base);
  if (form.index != no_register) offset += register_value(regs, form.index) * form.scale;
  offset += static_cast<std::uint64_t>(bit_offset(form, regs));
  return form.has_narrow_address ? offset & UINT32_MAX : offset;
}

/// How far the displacement itself moves: an instruction pointer moves with the code.
std::int64_t displacement_shift(const Form& form, std::uint64_t rip, std::int64_t distance,
                                std::uint64_t slot) {
  if (form.base != instruction_pointer) return distance;
  return distance + static_cast<std::int64_t>(rip + form.length - (slot + displaced_length(form)));
}

bool fits(std::int64_t displacement) {
  return displacement == static_cast<std::int64_t>(static_cast<std::int32_t>(displacement));
}

std::uint8_t wide_modrm(std::uint8_t modrm, const Form& form) {
  if (form.displacement_bytes == 4) return modrm;
  return static_cast<std::uint8_t>((modrm & ~mod_mask) | mod_wide);
}

void put_jump(std::uint8_t* at, std::uint64_t target) {
  constexpr std::uint8_t opcode[] = {0xff, 0x25, 0, 0, 0, 0};  // jmp *(%rip), whose pointer follows
  std::memcpy(at, opcode, sizeof opcode);
  std::memcpy(at + sizeof opcode, &target, sizeof target);
}

/// The instruction with a displacement of `width` bytes; its immediate, if any, comes last.
void put_instruction(std::uint8_t* at, const Form& form, const std::uint8_t* code, std::int64_t displacement,
                     std::size_t width) {
  const std::size_t rest_at = form.displacement_at + form.displacement_bytes;
  std::memcpy(at, code, form.displacement_at);
  if (!form.is_absolute) at[form.modrm_at] = wide_modrm(code[form.modrm_at], form);
  std::memcpy(at + form.displacement_at, &displacement, width);
  std::memcpy(at + form.displacement_at + width, code + rest_at, form.length - rest_at);
}

}  // namespace

std::string_view reason(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::none:
      return "none";
    case Obstacle::undecodable:
      return "not a known instruction";
    case Obstacle::no_memory:
      return "no memory operand";
    case Obstacle::string:
      return "a string instruction";
    case Obstacle::implicit:
      return "an address in a fixed register";
    case Obstacle::gather:
      return "a vector of addresses";
    case Obstacle::stack:
      return "uses the stack as well";
    case Obstacle::control:
      return "a call, jump or return";
    case Obstacle::unknown_size:
      return "of a size that the CPU decides";
    case Obstacle::too_long:
      return "too long with a wider displacement";
    case Obstacle::straddles:
      return "crosses the edge of the region";
    case Obstacle::elsewhere:
      return "not the access that faulted";
    case Obstacle::unreachable:
      return "displacement beyond 32 bits";
    case Obstacle::fetch:
      return "code in shared memory";
    case Obstacle::slots_full:
      return "no slot left";
  }
  return {};
}

std::size_t displaced_length(const Form& form) {
  const std::size_t width = form.is_absolute ? 8 : 4;
  return form.length - form.displacement_bytes + width;
}

Access access_of(const Form& form, std::uint64_t rip, const user_regs_struct& regs) {
  return {segment_base(form, regs) + offset_of(form, rip, regs), form.size, form.kind, form.is_atomic};
}

Obstacle check_placement(const Access& access, std::uint64_t fault_address, const Region& region) {
  if (fault_address - access.address >= access.size) return Obstacle::elsewhere;
  const bool is_inside = access.address >= region.begin && access.address + access.size <= region.end &&
                         access.address + access.size > access.address;
  return is_inside ? Obstacle::none : Obstacle::straddles;
}

Obstacle encode(const Form& form, std::span<const std::uint8_t> code, std::uint64_t rip,
                std::int64_t distance, std::uint64_t slot, Code& out) {
  if (form.obstacle != Obstacle::none) return form.obstacle;
  if (code.size() < form.length) return Obstacle::undecodable;
  if (displaced_length(form) > longest_instruction) return Obstacle::too_long;
  const std::int64_t moved = form.displacement + displacement_shift(form, rip, distance, slot);
  if (!form.is_absolute && !fits(moved)) return Obstacle::unreachable;
  // An address of 32 bits would wrap instead of reaching an alias above 4 GiB.
  if (form.has_narrow_address) return Obstacle::unreachable;
  put_instruction(out.data(), form, code.data(), moved, form.is_absolute ? 8 : 4);
  put_jump(out.data() + displaced_length(form), rip + form.length);
  return Obstacle::none;
}

Displaced displace(std::span<const std::uint8_t> code, const user_regs_struct& regs,
                   std::uint64_t fault_address, const Region& region, std::int64_t distance,
                   std::uint64_t slot) {
  Displaced displaced;
  const Form form = decode(code);
  displaced.length = form.length;
  displaced.obstacle = form.obstacle;
  if (form.obstacle != Obstacle::none) return displaced;
  displaced.access = access_of(form, regs.rip, regs);
  displaced.obstacle = check_placement(displaced.access, fault_address, region);
  if (displaced.obstacle == Obstacle::none)
    displaced.obstacle = encode(form, code, regs.rip, distance, slot, displaced.code);
  return displaced;
}

}  // namespace squall::controlled
