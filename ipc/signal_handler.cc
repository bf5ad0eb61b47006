// handle() and what it calls are async-signal-safe: write(2), sigaddset(3) and lock-free atomics, nothing
// else.
#include "ipc/signal_handler.h"

#include "ipc/io.h"
#include "ipc/points.h"

#include <fcntl.h>
#include <ucontext.h>

#include <array>
#include <atomic>
#include <utility>

namespace squall::ipc {
namespace {

/// Messages for which the pipe had no room, oldest first. The handler adds to it, whoever has blocked the
/// group takes from it: never both at once.
class Spill {
 public:
  bool is_empty() const { return first_ == end_; }
  void clear() { first_ = std::size_t{end_}; }
  const SignalMessage& front() const { return messages_[first_ % size]; }
  void pop() { first_ = first_ + 1; }
  /// False: there is no room. Async-signal-safe.
  bool push(const SignalMessage& message) {
    if (end_ - first_ == size) return false;
    messages_[end_ % size] = message;
    end_ = end_ + 1;
    return true;
  }

 private:
  static constexpr std::size_t size = std::size_t{1} << 16;
  volatile std::size_t first_ = 0, end_ = 0;
  SignalMessage messages_[size];
};

/// What the handler needs, one for each group.
struct HandlerState {
  std::atomic<int> pipe{-1};
  int first = 0;
};

std::array<HandlerState, SignalGroup::groups> states;
std::array<Spill, SignalGroup::groups> spills;  ///< all zeros: no page of it exists before it is used

/// Lasts only when no other handler was interrupted: that one's return restores the mask from before it, and
/// the next message comes in spite of it. So the spill holds many.
void block_group(ucontext_t& interrupted, int first) {
  for (unsigned index = 0; index < signal_priorities; ++index)
    ::sigaddset(&interrupted.uc_sigmask, first + static_cast<int>(index));
}

void handle(int signal, siginfo_t* info, void* context) {
  if (info->si_code != SI_QUEUE) return;
  const int saved = errno;
  HandlerState& state = states[SignalGroup::index_of(signal)];
  SignalMessage message;
  std::memcpy(&message.value, &info->si_value, signal_bytes);
  message.missing = info->si_errno;
  message.priority = signal_priorities - 1 - static_cast<unsigned>(signal - state.first);
  Spill& spill = spills[SignalGroup::index_of(signal)];
  const bool in_turn = spill.is_empty();
  if (!in_turn || ::write(state.pipe.load(), &message, sizeof message) != sizeof message) {
    if (!spill.push(message)) ::abort();  // rather than lose a message that was accepted
    block_group(*static_cast<ucontext_t*>(context), state.first);
  }
  errno = saved;
}

}  // namespace

SignalHandler::SignalHandler(const SignalGroup& group, FileDescriptor read_end, FileDescriptor write_end)
    : group_(&group), read_end_(std::move(read_end)), write_end_(std::move(write_end)) {}

Result<SignalHandler> SignalHandler::install(const SignalGroup& group, bool blocking) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) return failed("pipe2");
  SignalHandler handler(group, FileDescriptor(ends[0]), FileDescriptor(ends[1]));
  if (::fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0) return failed("fcntl(F_SETFL)");
  if (!blocking && ::fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) return failed("fcntl(F_SETFL)");
  HandlerState& state = states[SignalGroup::index_of(group.first())];
  state.first = group.first();
  spills[SignalGroup::index_of(group.first())].clear();
  state.pipe.store(ends[1]);
  struct sigaction action {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigfillset(&action.sa_mask);
  for (unsigned index = 0; index < signal_priorities; ++index) {
    if (::sigaction(group.first() + static_cast<int>(index), &action, nullptr) < 0)
      return failed("sigaction");
  }
  handler.unblock();
  return handler;
}

SignalHandler::~SignalHandler() {
  // The group's own destructor changes the action; no handler may run on a pipe that is closed by then.
  if (read_end_) ::pthread_sigmask(SIG_BLOCK, &group_->signals(), nullptr);
}

void SignalHandler::unblock() const { ::pthread_sigmask(SIG_UNBLOCK, &group_->signals(), nullptr); }

/// The pipe has room now. Signals stay blocked until everything that was held is in it.
void SignalHandler::refill() {
  Spill& spill = spills[SignalGroup::index_of(group_->first())];
  if (spill.is_empty()) return;
  ::pthread_sigmask(SIG_BLOCK, &group_->signals(), nullptr);
  while (!spill.is_empty() &&
         ::write(write_end_.get(), &spill.front(), sizeof spill.front()) == sizeof spill.front())
    spill.pop();
  if (spill.is_empty()) unblock();
}

Result<SignalMessage> SignalHandler::next() {
  SignalMessage message;
  const ssize_t size = uninterrupted([&] { return ::read(read_end_.get(), &message, sizeof message); });
  if (size < 0) return failed("read");
  SQUALL_POINT("ipc/signal-queue-handler/received");
  refill();
  return message;
}

}  // namespace squall::ipc
