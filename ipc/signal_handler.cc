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

/// What the handler needs, one for each group.
struct HandlerState {
  std::atomic<int> pipe{-1};
  std::atomic<bool> holding{false};
  SignalMessage held;
  int first = 0;
};

std::array<HandlerState, SignalGroup::groups> states;

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
  if (::write(state.pipe.load(), &message, sizeof message) != sizeof message) {
    state.held = message;
    state.holding.store(true);
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
  state.holding.store(false);
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

Result<SignalMessage> SignalHandler::next() {
  SignalMessage message;
  const ssize_t size = uninterrupted([&] { return ::read(read_end_.get(), &message, sizeof message); });
  if (size < 0) return failed("read");
  SQUALL_POINT("ipc/signal-queue-handler/received");
  HandlerState& state = states[SignalGroup::index_of(group_->first())];
  if (state.holding.load()) {
    // Blocked since it was held: the pipe has room now and nobody else writes to it.
    if (::write(write_end_.get(), &state.held, sizeof state.held) == sizeof state.held) {
      state.holding.store(false);
      unblock();
    }
  }
  return message;
}

}  // namespace squall::ipc
