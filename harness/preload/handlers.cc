// Async-signal-safe.
#include "harness/preload/handlers.h"

#include "harness/preload/crashes.h"
#include "harness/preload/interrupt.h"
#include "harness/preload/real.h"
#include "harness/preload/state.h"

#include <ucontext.h>

namespace squall::preload {
namespace {

using Handler = void (*)(int);

/// The program's own handler of each signal, and in the top bit whether it takes a siginfo. One word, so that
/// a handler that comes while it changes meets the old one or the new one.
constinit std::atomic<std::uint64_t> users[faults::max_signals];
constexpr std::uint64_t with_info_bit = std::uint64_t{1} << 63;

bool is_signal(int signal) { return signal > 0 && signal < static_cast<int>(faults::max_signals); }

void raise_to(std::atomic<std::uint64_t>& longest, std::uint64_t value) {
  std::uint64_t seen = longest.load(std::memory_order_relaxed);
  while (seen < value && !longest.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

void count_entry(int signal) {
  faults::SignalAccount& account = library.diary->signals[signal];
  account.entered.fetch_add(1, std::memory_order_relaxed);
  if (thread.depth > 1) account.nested.fetch_add(1, std::memory_order_relaxed);
  std::uint32_t seen = library.diary->deepest.load(std::memory_order_relaxed);
  while (seen < thread.depth &&
         !library.diary->deepest.compare_exchange_weak(seen, thread.depth, std::memory_order_relaxed)) {
  }
}

void count_end(int signal, std::uint64_t begin_ns, bool spoiled) {
  faults::SignalAccount& account = library.diary->signals[signal];
  const std::uint64_t spent_ns = monotonic_ns() - begin_ns;
  account.total_ns.fetch_add(spent_ns, std::memory_order_relaxed);
  raise_to(account.longest_ns, spent_ns);
  if (spoiled) account.spoiled.fetch_add(1, std::memory_order_relaxed);
}

std::uintptr_t interrupted_stack(const ucontext_t* context) {
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(context->uc_mcontext.gregs[REG_RSP]);
#else
  static_cast<void>(context);
  return 0;
#endif
}

/// The signal found the thread in a system call: it is about to fail with EINTR, to be made again, or it
/// ended early. Where this cannot be seen, any handler is taken for one.
bool met_system_call(const ucontext_t* context) {
#if defined(__x86_64__)
  const greg_t* registers = context->uc_mcontext.gregs;
  const auto* next = reinterpret_cast<const unsigned char*>(registers[REG_RIP]);
  const auto is_entry = [](const unsigned char* code) { return code[0] == 0x0f && code[1] == 0x05; };
  const bool is_over = registers[REG_RAX] == -EINTR || registers[REG_RAX] > 0;
  return is_entry(next) || (is_over && is_entry(next - 2));
#else
  static_cast<void>(context);
  return true;
#endif
}

void push(Frame& frame) {
  frame.outer = thread.innermost;
  frame.inside = thread.inside;
  frame.interrupted = thread.interrupted;
  if (thread.inside != nullptr) thread.interrupted = thread.inside;
  thread.inside = nullptr;
  thread.innermost = &frame;
  ++thread.depth;
  ++thread.handlers_run;
}

void pop(const Frame& frame) {
  thread.inside = frame.inside;
  thread.interrupted = frame.interrupted;
  thread.innermost = frame.outer;
  --thread.depth;
}

/// What every handler of the program is entered through.
void enter(int signal, siginfo_t* info, void* context) {
  const int errno_before = errno;
  const std::uint64_t user = users[signal].load(std::memory_order_relaxed);
  Frame frame;
  frame.signal = signal;
  frame.stack = context == nullptr ? 0 : interrupted_stack(static_cast<ucontext_t*>(context));
  push(frame);
  count_entry(signal);
  if (thread.is_interrupting && (context == nullptr || met_system_call(static_cast<ucontext_t*>(context))))
    disarm_timer();
  const std::uint64_t begin_ns = monotonic_ns();
  errno = errno_before;
  if ((user & with_info_bit) != 0)
    reinterpret_cast<void (*)(int, siginfo_t*, void*)>(user & ~with_info_bit)(signal, info, context);
  else
    reinterpret_cast<Handler>(user)(signal);
  const int errno_after = errno;
  count_end(signal, begin_ns, errno_after != errno_before);
  pop(frame);
  errno = errno_after;
}

void enter_with_info(int signal, siginfo_t* info, void* context) { enter(signal, info, context); }

#if defined(__x86_64__)
/// The kernel passes all three here, whatever the flags say.
void enter_plain(int signal, siginfo_t* info, void* context) { enter(signal, info, context); }
#else
void enter_plain(int signal) { enter(signal, nullptr, nullptr); }
#endif

Handler plain_entry() { return reinterpret_cast<Handler>(reinterpret_cast<void*>(&enter_plain)); }
Handler info_entry() { return reinterpret_cast<Handler>(reinterpret_cast<void*>(&enter_with_info)); }

bool is_handler(Handler handler) {
  return handler != SIG_DFL && handler != SIG_IGN && handler != SIG_ERR && handler != SIG_HOLD;
}

}  // namespace

Handler ours_for(int signal, Handler user, bool with_info) {
  if (!library.active || !is_signal(signal) || !is_handler(user)) return user;
  users[signal].store(reinterpret_cast<std::uint64_t>(user) | (with_info ? with_info_bit : 0),
                      std::memory_order_relaxed);
  return with_info ? info_entry() : plain_entry();
}

Handler users_for(int signal, Handler ours) {
  if (!is_signal(signal) || (ours != plain_entry() && ours != info_entry())) return ours;
  return reinterpret_cast<Handler>(users[signal].load(std::memory_order_relaxed) & ~with_info_bit);
}

int change_disposition(int signal, const struct sigaction* wanted, struct sigaction* old) {
  if (!library.active || !is_signal(signal)) return real::sigaction(signal, wanted, old);
  const std::uint64_t user_before = users[signal].load(std::memory_order_relaxed);
  struct sigaction ours {};
  if (wanted != nullptr) {
    ours = *wanted;
    ours.sa_handler = ours_for(signal, wanted->sa_handler, (wanted->sa_flags & SA_SIGINFO) != 0);
  }
  const int result = real::sigaction(signal, wanted != nullptr ? &ours : nullptr, old);
  if (result != 0) users[signal].store(user_before, std::memory_order_relaxed);
  if (result == 0 && old != nullptr) hide_witness(*old);
  if (result == 0 && wanted != nullptr) post_witness(signal);
  if (result == 0 && old != nullptr && (old->sa_handler == plain_entry() || old->sa_handler == info_entry()))
    old->sa_handler = reinterpret_cast<Handler>(user_before & ~with_info_bit);
  return result;
}

void adopt_handlers() {
  for (int signal = 1; signal < static_cast<int>(faults::max_signals); ++signal) {
    struct sigaction action {};
    if (real::sigaction(signal, nullptr, &action) == 0 && is_handler(action.sa_handler))
      change_disposition(signal, &action, nullptr);
  }
}

void leave_handlers(std::uintptr_t target) {
  disarm_timer();
  auto innermost = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  while (thread.innermost != nullptr) {
    const Frame& frame = *thread.innermost;
    // Within what the handler has of its stack by now: it goes on.
    if (innermost <= target && target < reinterpret_cast<std::uintptr_t>(&frame)) return;
    innermost = frame.stack;
    pop(frame);
    thread.inside = nullptr;  // left too
  }
}

}  // namespace squall::preload
