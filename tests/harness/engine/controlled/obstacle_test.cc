// What does not run out of line, and why; where accesses lie; the cache of slots.
#include "harness/engine/controlled/slots.h"
#include "tests/catch.h"

#include <vector>

using namespace squall::controlled;

namespace {

using Bytes = std::vector<std::uint8_t>;

Obstacle obstacle_of(const Bytes& code) { return decode(code).obstacle; }

constexpr Region region{0x10000, 0x12000};
constexpr std::int64_t distance = 0x40000000;
constexpr std::uint64_t here = 0x400000;
constexpr std::uint64_t area = 0x20000000;

user_regs_struct at(std::uint64_t rdi) {
  user_regs_struct regs{};
  regs.rip = here;
  regs.rdi = rdi;
  return regs;
}

Obstacle displace_at(const Bytes& code, std::uint64_t rdi, std::uint64_t fault) {
  return displace(code, at(rdi), fault, region, distance, area).obstacle;
}

const Bytes load_8 = {0x48, 0x8b, 0x07};         // mov (%rdi), %rax
const Bytes store_4 = {0x89, 0x47, 0x08};        // mov %eax, 8(%rdi)
const Bytes plain_increment = {0xff, 0x07};      // incl (%rdi)
const Bytes bit_set = {0x48, 0x0f, 0xab, 0x17};  // bts %rdx, (%rdi)

}  // namespace

TEST_CASE("string instructions do not move") {
  CHECK(obstacle_of({0xa4}) == Obstacle::string);              // movsb
  CHECK(obstacle_of({0xf3, 0xa4}) == Obstacle::string);        // rep movsb
  CHECK(obstacle_of({0xf3, 0x48, 0xab}) == Obstacle::string);  // rep stosq
  CHECK(obstacle_of({0xf3, 0xa6}) == Obstacle::string);        // repe cmpsb
  CHECK(obstacle_of({0xf2, 0xae}) == Obstacle::string);        // repne scasb
  CHECK(obstacle_of({0xad}) == Obstacle::string);              // lodsd
}

TEST_CASE("what touches the stack as well does not move") {
  CHECK(obstacle_of({0xff, 0x37}) == Obstacle::stack);              // push (%rdi)
  CHECK(obstacle_of({0x8f, 0x07}) == Obstacle::stack);              // pop (%rdi)
  CHECK(obstacle_of({0x50}) == Obstacle::stack);                    // push %rax
  CHECK(obstacle_of({0xc9}) == Obstacle::stack);                    // leave
  CHECK(obstacle_of({0xc8, 0x10, 0x00, 0x00}) == Obstacle::stack);  // enter
}

TEST_CASE("control flow through memory does not move") {
  CHECK(obstacle_of({0xff, 0x17}) == Obstacle::control);        // call *(%rdi)
  CHECK(obstacle_of({0xff, 0x67, 0x08}) == Obstacle::control);  // jmp *8(%rdi)
  CHECK(obstacle_of({0xc3}) == Obstacle::control);              // ret
}

TEST_CASE("addresses that are no operand of their own do not move") {
  CHECK(obstacle_of({0xc4, 0xe2, 0x71, 0x92, 0x04, 0x3f}) == Obstacle::gather);        // vgatherdps
  CHECK(obstacle_of({0x62, 0xf2, 0x7d, 0x49, 0xa2, 0x04, 0x3f}) == Obstacle::gather);  // vscatterdps
  CHECK(obstacle_of({0x66, 0x0f, 0xf7, 0xc1}) == Obstacle::implicit);                  // maskmovdqu
  CHECK(obstacle_of({0xd7}) == Obstacle::implicit);                                    // xlat
}

TEST_CASE("what has no memory, or is none, says so") {
  CHECK(obstacle_of({0x48, 0x8d, 0x07}) == Obstacle::no_memory);  // lea
  CHECK(obstacle_of({0x90}) == Obstacle::no_memory);
  CHECK(obstacle_of({0x06}) == Obstacle::undecodable);
  CHECK(obstacle_of({0x48, 0x8b}) == Obstacle::undecodable);
  CHECK(obstacle_of({}) == Obstacle::undecodable);
}

TEST_CASE("a size that the CPU decides is not guessed") {
  CHECK(obstacle_of({0x0f, 0xae, 0x27}) == Obstacle::unknown_size);  // xsave
  CHECK(obstacle_of({0x0f, 0xc7, 0x27}) == Obstacle::unknown_size);  // xsavec
  CHECK(obstacle_of({0x0f, 0xae, 0x2f}) == Obstacle::unknown_size);  // xrstor
}

TEST_CASE("an instruction that a wider displacement makes too long stays") {
  const Bytes longest = {0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x48, 0x81, 0x07, 1, 2, 3, 4};
  CHECK(displace_at(longest, 0x10000, 0x10000) == Obstacle::too_long);
  CHECK(displace_at(Bytes(longest.begin() + 4, longest.end()), 0x10000, 0x10000) == Obstacle::none);
}

TEST_CASE("an access that crosses an edge of its region stays") {
  CHECK(displace_at(load_8, 0x10000, 0x10000) == Obstacle::none);
  CHECK(displace_at(load_8, 0x11ff8, 0x11ff8) == Obstacle::none);
  CHECK(displace_at(load_8, 0x11ff9, 0x11ff9) == Obstacle::straddles);
  CHECK(displace_at(load_8, 0xffff, 0x10000) == Obstacle::straddles);
  CHECK(displace_at(store_4, 0xfff8, 0x10000) == Obstacle::none);
}

TEST_CASE("a fault that this instruction did not cause is not its access") {
  CHECK(displace_at(load_8, 0x10000, 0x10008) == Obstacle::elsewhere);
  CHECK(displace_at(load_8, 0x10000, 0xffff) == Obstacle::elsewhere);
  CHECK(displace_at(load_8, 0x10000, 0x10007) == Obstacle::none);
}

TEST_CASE("a displacement that leaves 32 bits stays") {
  const Bytes far_away = {0x8b, 0x87, 0, 0, 0, 0x40};  // mov 0x40000000(%rdi), %eax
  CHECK(displace_at(far_away, 0x10000 - 0x40000000ll, 0x10000) == Obstacle::unreachable);
  const Bytes narrow = {0x67, 0x8b, 0x07};  // mov (%edi), %eax
  CHECK(displace_at(narrow, 0x10000, 0x10000) == Obstacle::unreachable);
  Code out;
  const Bytes relative = {0x8b, 0x05, 0, 0, 0, 0};  // mov 0(%rip), %eax
  CHECK(encode(decode(relative), relative, here, 0, here + 0x70000000, out) == Obstacle::none);
  CHECK(encode(decode(relative), relative, here, 0, here + 0x90000000, out) == Obstacle::unreachable);
}

TEST_CASE("an access is named as what it is") {
  const Displaced load = displace(load_8, at(0x10010), 0x10010, region, distance, area);
  CHECK(load.access.kind == AccessKind::load);
  CHECK(load.access.address == 0x10010);
  CHECK(load.access.size == 8);
  CHECK(load.length == 3);
  const Displaced torn = displace(plain_increment, at(0x10010), 0x10010, region, distance, area);
  CHECK(torn.access.kind == AccessKind::rmw);
  CHECK_FALSE(torn.access.is_atomic);
}

TEST_CASE("a bit number in a register moves the address") {
  user_regs_struct regs = at(0x11000);
  regs.rdx = static_cast<std::uint64_t>(-65);
  CHECK(access_of(decode(bit_set), here, regs).address == 0x11000 - 16);
  regs.rdx = 129;
  CHECK(access_of(decode(bit_set), here, regs).address == 0x11000 + 16);
}

TEST_CASE("a slot is found again by address and bytes") {
  Slots slots(area, area + 0x1000, distance);
  CHECK(slots.find(here, load_8) == nullptr);
  const Slots::Made made = slots.make(here, load_8);
  CHECK(made.slot->obstacle == Obstacle::none);
  CHECK(made.slot->address % slot_bytes == 0);
  CHECK(slots.find(here, load_8) == made.slot);
  CHECK(slots.find(here + 1, load_8) == nullptr);
}

TEST_CASE("code that was written anew gets a slot of its own") {
  Slots slots(area, area + 0x1000, distance);
  const std::uint64_t first = slots.make(here, load_8).slot->address;
  CHECK(slots.find(here, store_4) == nullptr);
  const std::uint64_t second = slots.make(here, store_4).slot->address;
  CHECK(first != second);
  CHECK(slots.find(here, load_8) == nullptr);
  CHECK(slots.origin_of(first)->rip == here);  // a task may still be inside
  CHECK(slots.size() == 2);
}

TEST_CASE("what cannot be displaced is remembered and takes no slot") {
  Slots slots(area, area + 0x1000, distance);
  CHECK(slots.make(here, Bytes{0xa4}).slot->obstacle == Obstacle::string);
  REQUIRE(slots.find(here, Bytes{0xa4, 0x90}) != nullptr);
  CHECK(slots.find(here, Bytes{0xa4, 0x90})->address == 0);
  CHECK(slots.size() == 0);
}

TEST_CASE("a place inside a slot stands for one in the program") {
  Slots slots(area, area + 0x1000, distance);
  const Slots::Made made = slots.make(here, load_8);
  const std::uint64_t jump = made.slot->address + displaced_length(made.slot->form);
  CHECK(slots.origin_of(made.slot->address)->rip == here);
  CHECK_FALSE(slots.origin_of(made.slot->address)->is_done);
  CHECK(slots.origin_of(jump)->rip == here + load_8.size());
  CHECK(slots.origin_of(jump)->is_done);
  CHECK_FALSE(slots.origin_of(made.slot->address + 1));
  CHECK_FALSE(slots.origin_of(made.slot->address + slot_bytes));
  CHECK_FALSE(slots.origin_of(area - 1));
}

TEST_CASE("slots run out with a reason and can be cleared") {
  Slots slots(area, area + 3 * slot_bytes, distance);
  CHECK(slots.make(here, load_8).slot->obstacle == Obstacle::none);
  CHECK(slots.make(here + 8, load_8).slot->obstacle == Obstacle::none);
  CHECK(slots.is_full());
  CHECK(slots.make(here + 16, load_8).slot->obstacle == Obstacle::slots_full);
  slots.clear();
  CHECK(slots.find(here, load_8) == nullptr);
  CHECK(slots.make(here + 16, load_8).slot->obstacle == Obstacle::none);
}

TEST_CASE("half of a plain read-modify-write runs on a private copy") {
  Slots slots(area, area + 0x1000, distance);
  const Slots::Made made = slots.make_once(here, plain_increment, 0x1000);
  CHECK(made.slot->obstacle == Obstacle::none);
  CHECK(made.slot->address == area);
  CHECK(slots.find(here, plain_increment) == nullptr);
  CHECK(slots.origin_of(area)->rip == here);
}
