// Native against displaced: the same memory, registers and flags, for every form that assemblers know.
#include "harness/engine/controlled/displace.h"

#include "harness/faults/decide.h"
#include "tests/catch.h"
#include "tests/harness/engine/controlled/forms.h"
#include "tests/harness/engine/controlled/processor.h"

#include <asm/prctl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>

using namespace squall::controlled;
using namespace squall::tests;

namespace {

constexpr std::uint64_t region_bytes = 0x4000;
constexpr std::uint64_t target_at =
    0x1800;  ///< aligned for 64 bytes; bits and indexes reach both sides of it
constexpr std::int64_t distance = 0x10000000;
constexpr std::uint64_t gs_base = 0x123450;

/// A region, its alias, a page of code and a page of slots, all near each other; one memfd behind the region.
class Ground {
 public:
  explicit Ground(std::uint64_t where) {
    const int descriptor = memfd_create("forms", MFD_CLOEXEC);
    if (descriptor < 0 || ftruncate(descriptor, region_bytes) != 0) return;
    begin_ = reserve(where);
    if (begin_ != 0) map_all(descriptor);
    close(descriptor);
  }
  ~Ground() {
    if (begin_ != 0) munmap(pointer(begin_), extent);
  }
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;

  bool is_there() const { return begin_ != 0; }
  Region region() const { return {begin_, begin_ + region_bytes}; }
  std::uint64_t target() const { return begin_ + target_at; }
  std::uint64_t code() const { return begin_ + 0x100000; }
  std::uint64_t slot() const { return begin_ + 0x200000; }
  std::uint8_t* memory() const { return pointer(begin_ + distance); }
  void open() const { mprotect(pointer(begin_), region_bytes, PROT_READ | PROT_WRITE); }
  void close_it() const { mprotect(pointer(begin_), region_bytes, PROT_NONE); }

  static std::uint8_t* pointer(std::uint64_t address) { return reinterpret_cast<std::uint8_t*>(address); }

 private:
  static constexpr std::size_t extent = 0x20000000;
  std::uint64_t begin_ = 0;

  static std::uint64_t reserve(std::uint64_t where) {
    const int fixed = where == 0 ? 0 : MAP_FIXED_NOREPLACE;
    void* const got =
        mmap(pointer(where), extent, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
    return got == MAP_FAILED ? 0 : reinterpret_cast<std::uint64_t>(got);
  }
  void map_all(int descriptor) const {
    constexpr int all = PROT_READ | PROT_WRITE;
    mmap(pointer(begin_), region_bytes, all, MAP_SHARED | MAP_FIXED, descriptor, 0);
    mmap(pointer(begin_ + distance), region_bytes, all, MAP_SHARED | MAP_FIXED, descriptor, 0);
    mprotect(pointer(code()), 4096, all | PROT_EXEC);
    mprotect(pointer(slot()), 4096, all | PROT_EXEC);
  }
};

struct Outcome {
  ProcessorState state;
  std::vector<std::uint8_t> memory;
};

std::uint64_t fs_base() {
  std::uint64_t base = 0;
  syscall(SYS_arch_prctl, ARCH_GET_FS, &base);
  return base;
}

/// One form with registers such that it hits the target.
class Trial {
 public:
  Trial(const Ground& ground, const AssembledForm& assembled, std::uint64_t seed)
      : ground_(ground), code_(assembled.code, assembled.code + assembled.length), random_(seed) {
    form_ = decode(code_);
    mnemonic_ = mnemonic(code_);
  }

  const Form& form() const { return form_; }
  const std::vector<std::uint8_t>& code() const { return code_; }

  void prepare() {
    fill(memory_);
    fill(start_.general);
    fill(start_.vectors);
    fill(start_.masks);
    fill_x87();
    start_.flags = 0x202 | (random_() & 0x8d5);
    suit_instruction();
    aim();
  }

  /// At the target, with the region open.
  Outcome run_native() {
    ground_.open();
    return run(ground_.code());
  }

  /// In the slot, with the region closed: whoever touches it dies.
  Outcome run_displaced() {
    ground_.close_it();
    return run(ground_.slot());
  }

  /// Puts both in place: the original followed by a jump to the end, and its displaced twin.
  Obstacle place() {
    std::uint8_t* const at = Ground::pointer(ground_.code());
    std::copy(code_.begin(), code_.end(), at);
    const std::uint8_t jump[] = {0xff, 0x25, 0, 0, 0, 0};
    const std::uint64_t end = code_end();
    std::memcpy(at + code_.size(), jump, sizeof jump);
    std::memcpy(at + code_.size() + sizeof jump, &end, sizeof end);
    const Displaced displaced =
        displace(code_, registers(), access().address, ground_.region(), distance, ground_.slot());
    if (displaced.obstacle == Obstacle::none)
      std::copy(displaced.code.begin(), displaced.code.end(), Ground::pointer(ground_.slot()));
    return displaced.obstacle;
  }

  Access access() { return access_of(form_, ground_.code(), registers()); }
  const std::vector<std::uint8_t>& memory() const { return memory_; }

  user_regs_struct registers() const {
    user_regs_struct regs{};
    const auto& g = start_.general;
    regs.rax = g[0], regs.rcx = g[1], regs.rdx = g[2], regs.rbx = g[3];
    regs.rsp = g[4], regs.rbp = g[5], regs.rsi = g[6], regs.rdi = g[7];
    regs.r8 = g[8], regs.r9 = g[9], regs.r10 = g[10], regs.r11 = g[11];
    regs.r12 = g[12], regs.r13 = g[13], regs.r14 = g[14], regs.r15 = g[15];
    regs.rip = ground_.code(), regs.fs_base = fs_base(), regs.gs_base = gs_base;
    return regs;
  }

 private:
  const Ground& ground_;
  std::vector<std::uint8_t> code_;
  std::mt19937_64 random_;
  Form form_;
  std::string mnemonic_;
  ProcessorState start_{};
  std::vector<std::uint8_t> memory_ = std::vector<std::uint8_t>(region_bytes);

  template <typename Bytes>
  void fill(Bytes& bytes) {
    auto* const first = reinterpret_cast<std::uint8_t*>(std::data(bytes));
    const std::size_t size = std::size(bytes) * sizeof(*std::data(bytes));
    for (std::size_t at = 0; at < size; at += 8) {
      const std::uint64_t word = random_() | 0x0101010101010101u;  // no zero byte: some divide by it
      std::memcpy(first + at, &word, 8);
    }
  }

  /// The state after fninit, with three numbers on the stack.
  void fill_x87() {
    const std::uint16_t control = 0x37f, status = 5 << 11;
    const std::uint32_t mxcsr = 0x1f80;
    std::memset(start_.x87, 0, sizeof start_.x87);
    std::memcpy(start_.x87, &control, 2);
    std::memcpy(start_.x87 + 2, &status, 2);
    start_.x87[4] = 0xe0;  // registers 5 to 7 hold something
    std::memcpy(start_.x87 + 24, &mxcsr, 4);
    for (int number = 0; number < 3; ++number) {
      const long double value = static_cast<long double>(random_() % 1000) + 0.5L;
      std::memcpy(start_.x87 + 32 + 16 * number, &value, 10);
    }
    for (int number = 0; number < 16; ++number)
      std::memcpy(start_.x87 + 160 + 16 * number, start_.vectors[number], 16);
  }

  std::uint64_t target_word(unsigned which) const {
    std::uint64_t word = 0;
    std::memcpy(&word, memory_.data() + target_at + 8 * which, 8);
    return word;
  }

  /// Quotients that fit, comparisons that sometimes succeed, bit numbers that stay in the region.
  void suit_instruction() {
    auto& g = start_.general;
    const std::uint16_t x87_control = 0x37f;
    if (mnemonic_.ends_with("div")) g[0] = 100, g[2] = 0;
    if (mnemonic_ == "fldcw") std::memcpy(memory_.data() + target_at, &x87_control, 2);
    if (mnemonic_.starts_with("cmpxchg") && random_() % 2 == 0) {
      g[0] = target_word(0);
      g[2] = mnemonic_ == "cmpxchg16b" ? target_word(1) : g[0] >> 32;
    }
    if (form_.bit_register != no_register)
      g[form_.bit_register] =
          static_cast<std::uint64_t>(static_cast<std::int64_t>(random_() % 20000) - 10000);
  }

  void aim() {
    auto& g = start_.general;
    if (form_.index != no_register) g[form_.index] = random_() % 64;
    if (form_.base == form_.index && form_.base != no_register) g[form_.base] = 0;
    if (form_.base == no_register || form_.base == instruction_pointer) return patch();
    g[form_.base] = 0;
    g[form_.base] = ground_.target() + bits() - access().address;
  }

  std::uint64_t bits() {
    Form plain = form_;
    plain.bit_register = no_register;
    return access().address - access_of(plain, ground_.code(), registers()).address;
  }

  /// Without a base the displacement is what finds the target.
  void patch() {
    if (form_.index != no_register) start_.general[form_.index] = 0;
    form_.displacement = 0;
    const std::uint64_t needed = ground_.target() + bits() - access().address;
    if (form_.is_absolute || form_.index == no_register || needed <= INT32_MAX) {
      std::memcpy(code_.data() + form_.displacement_at, &needed, form_.displacement_bytes);
    } else {
      std::memset(code_.data() + form_.displacement_at, 0, form_.displacement_bytes);
      start_.general[form_.index] = needed / form_.scale;
    }
    form_ = decode(code_);
  }

  Outcome run(std::uint64_t entry) {
    std::copy(memory_.begin(), memory_.end(), ground_.memory());
    processor_state = start_;
    run_code(entry);
    Outcome outcome{processor_state,
                    std::vector<std::uint8_t>(ground_.memory(), ground_.memory() + region_bytes)};
    std::memset(outcome.state.x87 + 8, 0, 16);  // addresses of the last x87 instruction and operand
    return outcome;
  }
};

char letter_of(const Access& access) {
  if (access.kind == AccessKind::load) return 'L';
  if (access.kind == AccessKind::store) return 'S';
  return access.is_atomic ? 'A' : 'M';
}

bool changes_only(const Access& access, const Ground& ground, const std::vector<std::uint8_t>& after,
                  const std::vector<std::uint8_t>& before) {
  const std::size_t from = access.address - ground.region().begin;
  return std::equal(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(from), before.begin()) &&
         std::equal(after.begin() + static_cast<std::ptrdiff_t>(from + access.size), after.end(),
                    before.begin() + static_cast<std::ptrdiff_t>(from + access.size));
}

/// What is wrong with this form, or nothing. Counts what has run.
std::string difference(const Ground& ground, const AssembledForm& assembled, std::uint64_t seed,
                       std::size_t& runs) {
  Trial trial(ground, assembled, seed);
  if (trial.form().obstacle != Obstacle::none) return std::string(reason(trial.form().obstacle));
  trial.prepare();
  const Access access = trial.access();
  const bool is_reachable = access.address - ground.region().begin < region_bytes;
  if (!is_reachable) return ground.target() > INT32_MAX && trial.form().base == no_register ? "" : "misses";
  if (letter_of(access) != assembled.kind) return fmt::format("is said to be a {}", letter_of(access));
  if (const Obstacle obstacle = trial.place(); obstacle != Obstacle::none)
    return std::string(reason(obstacle));
  const Outcome native = trial.run_native();
  const Outcome displaced = trial.run_displaced();
  ++runs;
  if (std::memcmp(&native.state, &displaced.state, sizeof native.state) != 0) return "registers differ";
  if (native.memory != displaced.memory) return "memory differs";
  if (access.kind == AccessKind::load && native.memory != trial.memory()) return "a load that stores";
  return changes_only(access, ground, native.memory, trial.memory()) ? "" : "touches more than it says";
}

std::vector<std::string> differences(const Ground& ground, std::uint64_t rounds, std::size_t& runs) {
  std::vector<std::string> found;
  for (const AssembledForm& assembled : assembled_forms())
    for (std::uint64_t round = 0; round < rounds && assembled.level <= processor_level(); ++round)
      if (const std::string what = difference(ground, assembled, round * 7919 + 1, runs); !what.empty())
        found.push_back(fmt::format("{}: {}", assembled.text, what));
  return found;
}

void compare_all(std::uint64_t where) {
  const Ground ground(where);
  REQUIRE(ground.is_there());
  std::uint64_t old_base = 0;
  syscall(SYS_arch_prctl, ARCH_GET_GS, &old_base);
  syscall(SYS_arch_prctl, ARCH_SET_GS, gs_base);
  std::size_t runs = 0;
  const auto found = differences(ground, std::getenv("SQUALL_FULL") != nullptr ? 40 : 2, runs);
  syscall(SYS_arch_prctl, ARCH_SET_GS, old_base);
  CHECK(found == std::vector<std::string>{});
  CHECK(runs > assembled_forms().size() / 3);
  WARN(fmt::format("{} forms of {} at {:#x}: {} comparisons, CPU level {}", assembled_forms().size(),
                   "forms.cc", ground.region().begin, runs, processor_level()));
}

}  // namespace

TEST_CASE("an instruction does the same in a slot, in the lowest 2 GiB") { compare_all(0x20000000); }

TEST_CASE("an instruction does the same in a slot, far up") { compare_all(0); }

TEST_CASE("the comparison notices an alias that is a byte off") {
  const Ground ground(0);
  REQUIRE(ground.is_there());
  for (const AssembledForm& assembled : assembled_forms()) {
    if (std::string_view(assembled.text) != "movl 8(%rdi), %eax") continue;
    Trial trial(ground, assembled, 1);
    trial.prepare();
    REQUIRE(trial.place() == Obstacle::none);
    const Outcome native = trial.run_native();
    ++Ground::pointer(ground.slot())[2];
    const Outcome displaced = trial.run_displaced();
    CHECK(native.state.general[0] != displaced.state.general[0]);
    CHECK(native.memory == displaced.memory);
    return;
  }
  FAIL("no such form");
}
