#include "harness/engine/controlled/filter.h"

#include "harness/engine/controlled/arena.h"
#include "harness/engine/controlled/calls.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace squall::controlled {
namespace {

constexpr std::uint32_t allow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t stop = SECCOMP_RET_TRACE;
constexpr std::uint32_t fail = SECCOMP_RET_ERRNO | ENOSYS;

/// Without it the kernel turns off speculation in every filtered task, at two slow register writes a switch.
constexpr unsigned flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;

constexpr std::uint32_t low_word(unsigned argument) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
}
constexpr std::uint32_t high_word(unsigned argument) { return low_word(argument) + 4; }

class Program {
 public:
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)); }
  void answer(std::uint32_t what) { add(BPF_RET | BPF_K, 0, 0, what); }
  void if_equal(std::uint32_t value, std::uint32_t what) {
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
    answer(what);
  }
  void if_any_bit(std::uint32_t bits, std::uint32_t what) {
    add(BPF_JMP | BPF_JSET | BPF_K, 0, 1, bits);
    answer(what);
  }
  void unless_any_bit(std::uint32_t bits, std::uint32_t what) {
    add(BPF_JMP | BPF_JSET | BPF_K, 1, 0, bits);
    answer(what);
  }
  void unless_equal(std::uint32_t value, std::uint32_t what) {
    add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, value);
    answer(what);
  }
  /// The end: whether one of these arguments (bit i: argument i) leads to the arena decides.
  void stop_for_arena(unsigned arguments) {
    for (unsigned i = 0; i < 6; ++i) {
      if ((arguments >> i & 1) == 0) continue;
      load(high_word(i));
      if_equal(arena_high_word, stop);
    }
    answer(allow);
  }
  /// `body` decides about one call by its arguments; it must answer in every case.
  template <class Body>
  void for_call(long number, Body body) {
    Program inner;
    body(inner);
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<std::uint8_t>(inner.code_.size()),
        static_cast<std::uint32_t>(number));
    code_.insert(code_.end(), inner.code_.begin(), inner.code_.end());
  }
  std::vector<sock_filter> take() { return std::move(code_); }

 private:
  void add(unsigned operation, std::uint8_t yes, std::uint8_t no, std::uint32_t value) {
    code_.push_back({static_cast<std::uint16_t>(operation), yes, no, value});
  }
  std::vector<sock_filter> code_;
};

/// Only what concerns shared mappings, which all lie in the arena, or are about to; files; code; and what is
/// to fail.
void add_memory_calls(Program& program, bool mappings_fail) {
  const auto in_arena = [](Program& inner) { inner.stop_for_arena(0b1); };
  const auto code_or_in_arena = [&](Program& inner) {
    inner.load(low_word(2));
    inner.if_any_bit(PROT_EXEC, stop);
    in_arena(inner);
  };
  if (mappings_fail) program.if_equal(SYS_mmap, stop);
  program.for_call(SYS_mmap, [&](Program& inner) {
    inner.load(low_word(3));
    inner.if_any_bit(MAP_SHARED, stop);
    inner.unless_any_bit(MAP_ANONYMOUS, stop);
    code_or_in_arena(inner);
  });
  program.for_call(SYS_mprotect, code_or_in_arena);
  program.for_call(SYS_pkey_mprotect, code_or_in_arena);
  for (const long number : {SYS_munmap, SYS_msync, SYS_mlock, SYS_munlock})
    program.for_call(number, in_arena);
}

/// A mask that is only read.
void add_mask_call(Program& program) {
  program.for_call(SYS_rt_sigprocmask, [](Program& inner) {
    inner.load(low_word(1));
    inner.unless_equal(0, stop);
    inner.load(high_word(1));
    inner.unless_equal(0, stop);
    inner.stop_for_arena(0b100);
  });
}

/// Copies of a process would miss what it keeps from its children (madvise(2)).
void add_advice(Program& program) {
  program.for_call(SYS_madvise, [](Program& inner) {
    inner.load(low_word(2));
    inner.if_equal(MADV_DONTFORK, stop);
    inner.if_equal(MADV_WIPEONFORK, stop);
    inner.stop_for_arena(0b1);
  });
}

void add_harmless_call(Program& program, const Harmless& call) {
  const auto number = static_cast<std::uint32_t>(call.number);
  if (call.pointers == 0) return program.if_equal(number, allow);
  program.for_call(call.number, [&](Program& inner) { inner.stop_for_arena(call.pointers); });
}

/// It would tell the processor that they really run on, and getcpu does not.
void add_restartable_sequences(Program& program) { program.if_equal(SYS_rseq, fail); }

}  // namespace

bool runs_free_elsewhere(const CallAtEntry& call) {
  switch (call.number) {
    case SYS_rt_sigprocmask:
      return call.arguments[1] == 0;
    case SYS_getcpu:
    case SYS_madvise:
      return true;
    default:
      return std::ranges::any_of(harmless_calls(),
                                 [&](const Harmless& harmless) { return harmless.number == call.number; });
  }
}

CallFilter::CallFilter(bool mappings_fail) {
  Program program;
  program.load(offsetof(seccomp_data, arch));
  program.if_equal(AUDIT_ARCH_I386, fail);
  program.load(offsetof(seccomp_data, nr));
  add_advice(program);
  add_restartable_sequences(program);
  for (const Harmless& call : harmless_calls()) add_harmless_call(program, call);
  for (const long number : refused_calls()) program.if_equal(static_cast<std::uint32_t>(number), fail);
  add_memory_calls(program, mappings_fail);
  add_mask_call(program);
  program.answer(stop);
  program_ = program.take();
}

bool CallFilter::install() const {
  const sock_fprog program{static_cast<unsigned short>(program_.size()),
                           const_cast<sock_filter*>(program_.data())};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == 0) return true;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == 0;
}

}  // namespace squall::controlled
