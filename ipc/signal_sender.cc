#include "ipc/signal_sender.h"

#include "ipc/clock.h"
#include "ipc/io.h"
#include "ipc/points.h"
#include "ipc/signal_group.h"

#include <sys/syscall.h>

#include <cstdio>

namespace squall::ipc {

SignalSender::SignalSender(std::unique_ptr<SignalPage> page, SignalAddress receiver, FileDescriptor process,
                           bool blocking)
    : page_(std::move(page)),
      receiver_(receiver),
      process_(std::move(process)),
      blocking_(blocking),
      self_(::getpid()),
      user_(::getuid()) {}

Result<std::unique_ptr<Sender>> SignalSender::open(const ChannelOptions& options) {
  auto page = SignalPage::attach(options);
  if (!page) return tl::unexpected(page.error());
  const auto receiver = (*page)->receiver();
  if (!receiver) return failure(ECONNREFUSED, "attach");
  FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, receiver->process, 0)));
  if (!process && errno != ESRCH) return failed("pidfd_open");
  // Alive after pidfd_open: so the descriptor is the receiver's, and not that of a process which took its
  // number.
  if (!process || (*page)->liveness().gone(Side::receiver)) return failure(EPIPE, "attach");
  return std::make_unique<SignalSender>(std::move(*page), *receiver, std::move(process), options.blocking);
}

Result<void> SignalSender::send(std::span<const std::byte> message, unsigned priority) {
  if (message.size() > signal_bytes) return failure(EMSGSIZE, "pidfd_send_signal");
  if (priority >= signal_priorities) return failure(EINVAL, "pidfd_send_signal");
  siginfo_t info{};
  info.si_signo = receiver_.first_signal + static_cast<int>(signal_priorities - 1 - priority);
  info.si_code = SI_QUEUE;
  info.si_errno = static_cast<int>(signal_bytes - message.size());
  info.si_pid = self_;
  info.si_uid = user_;
  if (!message.empty()) std::memcpy(&info.si_value, message.data(), message.size());
  Backoff backoff(no_deadline);
  for (;;) {
    if (page_->liveness().gone(Side::receiver)) return failure(EPIPE, "pidfd_send_signal");
    SQUALL_POINT("ipc/signal-queue/send");
    if (::syscall(SYS_pidfd_send_signal, process_.get(), info.si_signo, &info, 0) == 0) return {};
    if (errno == ESRCH) return failure(EPIPE, "pidfd_send_signal");
    if (errno != EAGAIN || !blocking_) return failed("pidfd_send_signal");
    backoff.sleep();
  }
}

bool SignalSender::has_room() const {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/status", receiver_.process);
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return true;
  char line[128];
  unsigned long queued = 0;
  unsigned long most = 1;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::sscanf(line, "SigQ: %lu/%lu", &queued, &most) == 2) break;
  }
  std::fclose(file);
  return queued < most;
}

Result<bool> SignalSender::wait(std::uint64_t deadline_ns) {
  Backoff backoff(deadline_ns);
  while (!page_->liveness().gone(Side::receiver) && !has_room()) {
    if (!backoff.sleep()) return false;
  }
  return true;
}

}  // namespace squall::ipc
