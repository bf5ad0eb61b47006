#include "harness/engine/controlled/program.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <vector>

namespace squall::controlled {
namespace {

constexpr std::size_t most_stack_bytes = 1 << 22;
constexpr std::size_t vdso_bytes = 1 << 13;
constexpr std::uint64_t cycles_a_step = 1'000;

/// The words at the top of a new program's stack: argc, argv…, 0, environment…, 0, auxiliary vector.
std::vector<std::uint64_t> first_words(pid_t tid, Address stack, std::size_t count) {
  std::vector<std::uint64_t> words(count);
  words.resize(trace::read(tid, stack, words.data(), count * sizeof words[0]) / sizeof words[0]);
  return words;
}

/// Where the auxiliary vector begins in them; their size when it is not among them.
std::size_t auxiliary_vector(const std::vector<std::uint64_t>& words) {
  if (words.empty()) return 0;
  const auto after_arguments = std::min(words.size(), static_cast<std::size_t>(words[0]) + 2);
  const auto end = std::find(words.begin() + static_cast<std::ptrdiff_t>(after_arguments), words.end(), 0);
  return std::min(words.size(), static_cast<std::size_t>(end - words.begin()) + 1);
}

/// `syscall` as the bytes of an instruction.
Address find_call_instruction(pid_t tid, Address vdso) {
  std::vector<unsigned char> code(vdso_bytes);
  code.resize(trace::read(tid, vdso, code.data(), code.size()));
  static constexpr unsigned char wanted[] = {0x0f, 0x05};
  const auto found = std::search(code.begin(), code.end(), std::begin(wanted), std::end(wanted));
  return found == code.end() ? 0 : vdso + static_cast<Address>(found - code.begin());
}

void replace(pid_t tid, Address at, std::uint64_t value) { trace::write(tid, at, &value, sizeof value); }

void give_random_bytes(pid_t tid, Address at) {
  static constexpr unsigned char bytes[16] = {0x00, 0x51, 0x0a, 0x11, 0x5e, 0xed, 0x0f, 0x5c,
                                              0x4e, 0xd0, 0x1e, 0xa7, 0xc0, 0xff, 0xee, 0x42};
  trace::write(tid, at, bytes, sizeof bytes);
}

}  // namespace

void prepare_program(pid_t tid, AddressSpace& space) {
  Registers registers;
  if (!trace::registers(tid, registers)) return;
  std::vector<std::uint64_t> words;
  std::size_t begin = 0;
  for (std::size_t count = 512; count * sizeof(std::uint64_t) <= most_stack_bytes; count *= 4) {
    words = first_words(tid, registers.rsp, count);
    begin = auxiliary_vector(words);
    if (begin + 64 < words.size() || words.size() < count) break;
  }
  for (std::size_t at = begin; at + 1 < words.size() && words[at] != AT_NULL; at += 2) {
    const Address place = registers.rsp + at * sizeof(std::uint64_t);
    if (words[at] == AT_RANDOM) give_random_bytes(tid, words[at + 1]);
    if (words[at] != AT_SYSINFO_EHDR) continue;
    space.call_instruction = find_call_instruction(tid, words[at + 1]);
    replace(tid, place, AT_IGNORE);
  }
}

bool emulate_time_stamp(pid_t tid, std::uint64_t steps) {
  Registers registers;
  std::array<unsigned char, 3> code{};
  if (!trace::registers(tid, registers) || trace::read(tid, registers.rip, code.data(), code.size()) < 2)
    return false;
  const bool plain = code[0] == 0x0f && code[1] == 0x31;
  const bool with_processor = code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xf9;
  if (!plain && !with_processor) return false;
  siginfo_t information;
  if (!trace::information(tid, information) || information.si_code != SI_KERNEL) return false;
  const std::uint64_t cycles = (steps + 1) * cycles_a_step;
  registers.rax = cycles & 0xffffffff;
  registers.rdx = cycles >> 32;
  if (with_processor) registers.rcx = 0;
  registers.rip += plain ? 2 : 3;
  return trace::set_registers(tid, registers);
}

}  // namespace squall::controlled
