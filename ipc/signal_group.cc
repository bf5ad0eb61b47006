#include "ipc/signal_group.h"

#include <unistd.h>

#include <atomic>
#include <utility>

namespace squall::ipc {
namespace {

// After a fork the parent's groups are not the child's.
std::atomic<pid_t> holder{0};
std::atomic<std::uint32_t> taken{0};

void set_action(int first, void (*action)(int)) {
  struct sigaction wanted {};
  wanted.sa_handler = action;
  for (unsigned index = 0; index < signal_priorities; ++index)
    ::sigaction(first + static_cast<int>(index), &wanted, nullptr);
}

}  // namespace

Result<SignalGroup> SignalGroup::take() {
  if (holder.exchange(::getpid()) != ::getpid()) taken.store(0);
  for (unsigned index = 0; index < groups; ++index) {
    if ((taken.fetch_or(1U << index) & 1U << index) == 0) return SignalGroup(index);
  }
  return failure(EBUSY, "attach: three signal channels are received already");
}

SignalGroup::SignalGroup(unsigned index)
    : first_(SIGRTMIN + offset + static_cast<int>(index * signal_priorities)) {
  ::sigemptyset(&signals_);
  for (unsigned signal = 0; signal < signal_priorities; ++signal)
    ::sigaddset(&signals_, first_ + static_cast<int>(signal));
  ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  set_action(first_, SIG_DFL);
}

SignalGroup::SignalGroup(SignalGroup&& other) noexcept
    : active_(std::exchange(other.active_, false)),
      first_(other.first_),
      signals_(other.signals_),
      before_(other.before_) {}

SignalGroup::~SignalGroup() {
  if (!active_) return;
  set_action(first_, SIG_IGN);
  for (int signal = first_; signal < first_ + static_cast<int>(signal_priorities); ++signal) {
    if (::sigismember(&before_, signal) == 1) ::sigdelset(&signals_, signal);
  }
  ::pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
  if (holder.load() == ::getpid()) taken.fetch_and(~(1U << index_of(first_)));
}

}  // namespace squall::ipc
