// The one file that knows Zydis: bytes in, Form out. Everything after that is arithmetic
// (displace_encode.cc).
#include "harness/engine/controlled/displace.h"

#include <Zydis/Zydis.h>

#include <algorithm>

namespace squall::controlled {
namespace {

struct Decoded {
  ZydisDecodedInstruction instruction;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];

  std::span<const ZydisDecodedOperand> all() const { return {operands, instruction.operand_count}; }
};

bool decode_into(Decoded& decoded, std::span<const std::uint8_t> code) {
  static const ZydisDecoder decoder = [] {
    ZydisDecoder made;
    ZydisDecoderInit(&made, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    return made;
  }();
  return ZYAN_SUCCESS(
      ZydisDecoderDecodeFull(&decoder, code.data(), code.size(), &decoded.instruction, decoded.operands));
}

bool is_access(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_MEMORY && operand.mem.type != ZYDIS_MEMOP_TYPE_AGEN;
}

bool is_string(const Decoded& decoded) {
  return decoded.instruction.meta.category == ZYDIS_CATEGORY_STRINGOP ||
         decoded.instruction.meta.category == ZYDIS_CATEGORY_IOSTRINGOP;
}

bool is_control(ZydisInstructionCategory category) {
  return category == ZYDIS_CATEGORY_CALL || category == ZYDIS_CATEGORY_RET ||
         category == ZYDIS_CATEGORY_UNCOND_BR || category == ZYDIS_CATEGORY_COND_BR;
}

/// How much of a processor's state it has to save is the CPU's and the kernel's business.
bool saves_processor_state(ZydisInstructionCategory category) {
  return category == ZYDIS_CATEGORY_XSAVE || category == ZYDIS_CATEGORY_XSAVEOPT;
}

bool is_stack_pointer(ZydisRegister reg) {
  return ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg) == ZYDIS_REGISTER_RSP ||
         ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg) == ZYDIS_REGISTER_RBP;
}

/// The memory operand that the instruction spells out, or none.
const ZydisDecodedOperand* explicit_access(const Decoded& decoded) {
  const auto all = decoded.all();
  const auto found = std::find_if(all.begin(), all.end(), [](const ZydisDecodedOperand& operand) {
    return is_access(operand) && operand.visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT;
  });
  return found == all.end() ? nullptr : &*found;
}

const ZydisDecodedOperand* hidden_access(const Decoded& decoded) {
  const auto all = decoded.all();
  const auto found = std::find_if(all.begin(), all.end(), [](const ZydisDecodedOperand& operand) {
    return is_access(operand) && operand.visibility != ZYDIS_OPERAND_VISIBILITY_EXPLICIT;
  });
  return found == all.end() ? nullptr : &*found;
}

Obstacle obstacle_of(const Decoded& decoded) {
  const ZydisDecodedOperand* const spelled = explicit_access(decoded);
  const ZydisDecodedOperand* const hidden = hidden_access(decoded);
  if (spelled == nullptr && hidden == nullptr) return Obstacle::no_memory;
  if (is_string(decoded)) return Obstacle::string;
  if (is_control(decoded.instruction.meta.category)) return Obstacle::control;
  if (hidden != nullptr) return is_stack_pointer(hidden->mem.base) ? Obstacle::stack : Obstacle::implicit;
  if (spelled->mem.type == ZYDIS_MEMOP_TYPE_VSIB) return Obstacle::gather;
  if (saves_processor_state(decoded.instruction.meta.category)) return Obstacle::unknown_size;
  if (spelled->mem.type != ZYDIS_MEMOP_TYPE_MEM || spelled->size < 8) return Obstacle::unknown_size;
  return Obstacle::none;
}

std::uint8_t number_of(ZydisRegister reg) {
  if (reg == ZYDIS_REGISTER_NONE) return no_register;
  if (reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP) return instruction_pointer;
  return static_cast<std::uint8_t>(ZydisRegisterGetId(reg));
}

SegmentBase segment_of(ZydisRegister segment) {
  if (segment == ZYDIS_REGISTER_FS) return SegmentBase::fs;
  return segment == ZYDIS_REGISTER_GS ? SegmentBase::gs : SegmentBase::none;
}

AccessKind kind_of(ZydisOperandActions actions) {
  const bool reads = (actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
  const bool writes = (actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
  if (!writes) return AccessKind::load;
  return reads ? AccessKind::rmw : AccessKind::store;
}

/// xchg with memory locks the bus with or without the prefix.
bool is_atomic(const Decoded& decoded, AccessKind kind) {
  return kind != AccessKind::rmw || decoded.instruction.mnemonic == ZYDIS_MNEMONIC_XCHG ||
         (decoded.instruction.attributes & ZYDIS_ATTRIB_HAS_LOCK) != 0;
}

/// bt and its kin with a bit number in a register reach words beyond the operand.
std::uint8_t bit_register_of(const Decoded& decoded) {
  switch (decoded.instruction.mnemonic) {
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_BTS:
    case ZYDIS_MNEMONIC_BTR:
    case ZYDIS_MNEMONIC_BTC:
      if (decoded.operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER)
        return number_of(decoded.operands[1].reg.value);
      return no_register;
    default:
      return no_register;
  }
}

/// A broadcast reads one element, whatever the width of the vector it fills.
std::uint32_t size_of(const Decoded& decoded, const ZydisDecodedOperand& operand) {
  const bool is_broadcast =
      decoded.instruction.avx.broadcast.mode != ZYDIS_BROADCAST_MODE_INVALID && operand.element_size != 0;
  return (is_broadcast ? operand.element_size : operand.size) / 8u;
}

std::uint8_t displacement_place(const ZydisDecodedInstructionRaw& raw) {
  if (raw.disp.size != 0) return raw.disp.offset;
  return static_cast<std::uint8_t>((raw.sib.offset != 0 ? raw.sib.offset : raw.modrm.offset) + 1);
}

void describe_layout(Form& form, const ZydisDecodedInstruction& instruction) {
  form.is_absolute = instruction.raw.modrm.offset == 0;
  form.modrm_at = instruction.raw.modrm.offset;
  form.displacement_bytes = static_cast<std::uint8_t>(instruction.raw.disp.size / 8);
  form.displacement_at = displacement_place(instruction.raw);
}

void describe_address(Form& form, const Decoded& decoded, const ZydisDecodedOperand& operand) {
  form.has_narrow_address = decoded.instruction.address_width == 32;
  form.segment = segment_of(operand.mem.segment);
  form.base = number_of(operand.mem.base);
  form.index = number_of(operand.mem.index);
  form.scale = operand.mem.scale;
  form.displacement = operand.mem.disp.value;
  form.bit_register = bit_register_of(decoded);
  form.size = size_of(decoded, operand);
  form.kind = kind_of(operand.actions);
  form.is_atomic = is_atomic(decoded, form.kind);
}

}  // namespace

Form decode(std::span<const std::uint8_t> code) {
  Form form;
  Decoded decoded;
  if (!decode_into(decoded, code)) return form;
  form.length = decoded.instruction.length;
  form.obstacle = obstacle_of(decoded);
  if (form.obstacle != Obstacle::none) return form;
  describe_layout(form, decoded.instruction);
  describe_address(form, decoded, *explicit_access(decoded));
  return form;
}

std::string mnemonic(std::span<const std::uint8_t> code) {
  Decoded decoded;
  if (!decode_into(decoded, code)) return {};
  return ZydisMnemonicGetString(decoded.instruction.mnemonic);
}

}  // namespace squall::controlled
