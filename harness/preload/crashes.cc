// Async-signal-safe.
#include "harness/preload/crashes.h"

#include "harness/preload/real.h"
#include "harness/preload/state.h"

#include <algorithm>
#include <iterator>

namespace squall::preload {
namespace {

constexpr int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

/// A fault of the program's own, or its own verdict: abort(), raise().
bool is_own_doing(const siginfo_t& info) {
  return info.si_code > 0 || (info.si_code == SI_TKILL && info.si_pid == getpid());
}

/// A fault comes again by itself, when the instruction is executed once more.
void witness(int signal, siginfo_t* info, void*) {
  const pid_t pid = getpid();
  if (is_own_doing(*info) && pid != library.diary->target)
    library.diary->crashes.fetch_or(faults::signal_bit(signal), std::memory_order_relaxed);
  struct sigaction by_default {};
  real::sigaction(signal, &by_default, nullptr);
  if (info->si_code <= 0) syscall(SYS_rt_tgsigqueueinfo, pid, syscall(SYS_gettid), signal, info);
}

}  // namespace

void post_witness(int signal) {
  if (!library.active || !library.rules->note_crashes) return;
  if (std::find(std::begin(crashes), std::end(crashes), signal) == std::end(crashes)) return;
  struct sigaction action {};
  if (real::sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) return;
  action.sa_sigaction = witness;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  real::sigaction(signal, &action, nullptr);
}

void post_witnesses() {
  for (const int signal : crashes) post_witness(signal);
}

bool is_witness(void (*handler)(int)) {
  return reinterpret_cast<void*>(handler) == reinterpret_cast<void*>(&witness);
}

void hide_witness(struct sigaction& action) {
  if (is_witness(action.sa_handler)) action = {};
}

}  // namespace squall::preload
