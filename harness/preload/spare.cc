#include "harness/preload/spare.h"

#include "harness/preload/libc.h"
#include "harness/preload/state.h"

namespace squall::preload {
namespace {

constexpr unsigned most_yields = 1'000'000;

std::uint64_t stormed() {
  const faults::Diary* diary = library.diary;
  if (diary == nullptr || diary->stormed.load(std::memory_order_relaxed) == 0) return 0;
  const bool is_target = diary->target.load(std::memory_order_relaxed) == syscall(SYS_getpid);
  return is_target ? diary->stormed.load(std::memory_order_relaxed) : 0;
}

void spare_all(std::uint64_t signals) {
  library.diary->spared.fetch_or(signals);
  for (unsigned i = 0; library.diary->sending.load() != 0 && i < most_yields; ++i) syscall(SYS_sched_yield);
  syscall(SYS_getpid);  // on the way back from a call what has come is delivered
}

}  // namespace

bool is_rained_on(int signal) {
  return signal > 0 && signal < static_cast<int>(faults::max_signals) &&
         (stormed() & faults::signal_bit(signal)) != 0;
}

void spare(int signal) { spare_all(faults::signal_bit(signal)); }

void expose(int signal) { library.diary->spared.fetch_and(~faults::signal_bit(signal)); }

SparedForExec::SparedForExec() {
  const std::uint64_t signals = stormed();
  if (signals == 0) return;
  exposed_ = signals & ~library.diary->spared.load();
  spare_all(signals);
}

SparedForExec::~SparedForExec() {
  if (exposed_ != 0) library.diary->spared.fetch_and(~exposed_);
}

}  // namespace squall::preload
