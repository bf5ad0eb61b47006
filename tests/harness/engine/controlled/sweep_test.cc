// Every instruction of the installed libc and libstdc++ that touches memory, decoded one after the other:
// which of them run out of line. Both are mapped into this process already.
#include "harness/engine/controlled/displace.h"
#include "tests/catch.h"

#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

using namespace squall::controlled;

namespace {

struct Swept {
  std::size_t instructions = 0;
  std::size_t in_memory = 0;  ///< of them, those that touch memory
  std::size_t displaced = 0;
  std::map<Obstacle, std::map<std::string, std::size_t>> left;  ///< mnemonics that stay, by reason

  std::size_t left_because(Obstacle why) const {
    std::size_t sum = 0;
    if (const auto found = left.find(why); found != left.end())
      for (const auto& [name, count] : found->second) sum += count;
    return sum;
  }
};

void count(Swept& swept, const Form& form, std::span<const std::uint8_t> code, std::uint64_t address) {
  ++swept.instructions;
  if (form.obstacle == Obstacle::no_memory) return;
  ++swept.in_memory;
  Code out;
  // As a supervisor would do it: alias 1 GiB up, slots within 1 GiB of the code.
  const Obstacle obstacle = encode(form, code, address, 0x40000000, address + 0x30000000, out);
  if (obstacle == Obstacle::none)
    ++swept.displaced;
  else
    ++swept.left[obstacle][mnemonic(code)];
}

Swept sweep(std::span<const std::uint8_t> text) {
  Swept swept;
  for (std::size_t at = 0; at < text.size();) {
    const auto code = text.subspan(at, std::min(longest_instruction, text.size() - at));
    const Form form = decode(code);
    if (form.obstacle != Obstacle::undecodable)
      count(swept, form, code, reinterpret_cast<std::uint64_t>(text.data() + at));
    at += std::max<std::size_t>(1, form.length);
  }
  return swept;
}

struct Wanted {
  const char* name;
  std::span<const std::uint8_t> text;
};

int find_text(dl_phdr_info* info, std::size_t, void* data) {
  auto& wanted = *static_cast<Wanted*>(data);
  if (std::strstr(info->dlpi_name, wanted.name) == nullptr) return 0;
  for (int number = 0; number < info->dlpi_phnum; ++number) {
    const auto& segment = info->dlpi_phdr[number];
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0)
      wanted.text = {reinterpret_cast<const std::uint8_t*>(info->dlpi_addr + segment.p_vaddr),
                     segment.p_memsz};
  }
  return 1;
}

std::string list(const std::map<std::string, std::size_t>& counts) {
  std::vector<std::pair<std::size_t, std::string>> ordered;
  for (const auto& [name, number] : counts) ordered.emplace_back(number, name);
  std::sort(ordered.rbegin(), ordered.rend());
  std::string text;
  for (std::size_t at = 0; at < std::min<std::size_t>(ordered.size(), 12); ++at)
    text += fmt::format(" {} {}", ordered[at].first, ordered[at].second);
  return text;
}

std::string report(const char* name, const Swept& swept) {
  // push, pop, call and ret of registers touch the stack alone, which is never a shared mapping of several
  // processes.
  const std::size_t elsewhere = swept.left_because(Obstacle::stack) + swept.left_because(Obstacle::control);
  std::string text = fmt::format(
      "{}: {} instructions, {} touch memory, {} without stack and control, {} displace ({:.3f} %)\n", name,
      swept.instructions, swept.in_memory, swept.in_memory - elsewhere, swept.displaced,
      100.0 * static_cast<double>(swept.displaced) / static_cast<double>(swept.in_memory - elsewhere));
  for (const auto& [why, counts] : swept.left) text += fmt::format("  {}:{}\n", reason(why), list(counts));
  return text;
}

void check_library(const char* name) {
  Wanted wanted{name, {}};
  dl_iterate_phdr(find_text, &wanted);
  if (wanted.text.empty()) {
    WARN(fmt::format("{} is not mapped here: not swept", name));
    return;
  }
  const Swept swept = sweep(wanted.text);
  WARN(report(name, swept));
  CHECK(swept.in_memory > 10000);
  CHECK(swept.left_because(Obstacle::too_long) == 0);
  const std::size_t elsewhere = swept.left_because(Obstacle::stack) + swept.left_because(Obstacle::control);
  CHECK(swept.displaced * 100 >= (swept.in_memory - elsewhere) * 98);
}

}  // namespace

TEST_CASE("what libc does with memory runs out of line") { check_library("libc.so"); }

TEST_CASE("what libstdc++ does with memory runs out of line") { check_library("libstdc++.so"); }
