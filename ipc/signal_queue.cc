// signal-queue, signal-queue-fd, signal-queue-handler: real-time signals with a value, received in three
// ways.
//
// One process receives, many may send, eight bytes at most. Nothing bounds the queue but RLIMIT_SIGPENDING. A
// handler turns what arrives into a pipe's order at once, so it keeps arrival order within a priority and
// promises no priorities. Sources: signal(7), sigqueue(3), sigwaitinfo(2), signalfd(2).
#include "ipc/descriptor.h"
#include "ipc/io.h"
#include "ipc/registry.h"
#include "ipc/signal_group.h"
#include "ipc/signal_page.h"
#include "ipc/signal_receiver.h"
#include "ipc/signal_sender.h"

#include <sys/syscall.h>

namespace squall::ipc {
namespace {

class SignalChannel final : public Channel {
 public:
  SignalChannel(SignalReception reception, ChannelOptions options)
      : reception_(reception), options_(std::move(options)) {}
  ~SignalChannel() override {
    if (named_) SignalPage::remove(options_);
  }
  SignalChannel(const SignalChannel&) = delete;
  SignalChannel& operator=(const SignalChannel&) = delete;

  Result<std::unique_ptr<Sender>> sender() override { return SignalSender::open(options_); }
  Result<std::unique_ptr<Receiver>> receiver() override { return open_signal_receiver(reception_, options_); }
  void detach() override {}
  void release() override { named_ = false; }

 private:
  SignalReception reception_;
  ChannelOptions options_;
  bool named_ = true;
};

class SignalTransport final : public Transport {
 public:
  SignalTransport(std::string_view name, std::string_view about, SignalReception reception)
      : name_(name), about_(about), reception_(reception) {}

  std::string_view name() const override { return name_; }
  std::string_view about() const override { return about_; }
  Capabilities capabilities() const override {
    using enum Capability;
    if (reception_ == SignalReception::handler)
      return {payload, boundaries, many_writers, fifo, peer_gone, named};
    return {payload, boundaries, many_writers, priority, fifo, peer_gone, named};
  }
  Limits limits() const override {
    return {.max_message = signal_bytes, .atomic_message = 0, .default_capacity = 0};
  }
  std::optional<std::string> unavailable() const override {
    const FileDescriptor self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
    if (self) return std::nullopt;
    return failed("pidfd_open").value().message() + "; Linux 5.3 or later is needed";
  }

  Result<std::unique_ptr<Channel>> create(const ChannelOptions& options) const override {
    return SignalPage::create(options).map([&](const auto&) -> std::unique_ptr<Channel> {
      return std::make_unique<SignalChannel>(reception_, options);
    });
  }
  Result<std::unique_ptr<Sender>> open_sender(Attachment to) const override {
    return SignalSender::open(to.options);
  }
  Result<std::unique_ptr<Receiver>> open_receiver(Attachment to) const override {
    return open_signal_receiver(reception_, to.options);
  }
  void sweep(const ChannelOptions& options) const override { SignalPage::remove(options); }

 private:
  std::string_view name_;
  std::string_view about_;
  SignalReception reception_;
};

}  // namespace

const Transport& signal_queue_transport() {
  static const SignalTransport transport("signal-queue", "sigqueue with a value, sigwaitinfo",
                                         SignalReception::waiting);
  return transport;
}

const Transport& signal_queue_fd_transport() {
  static const SignalTransport transport("signal-queue-fd", "sigqueue with a value, signalfd",
                                         SignalReception::descriptor);
  return transport;
}

const Transport& signal_queue_handler_transport() {
  static const SignalTransport transport(
      "signal-queue-handler", "sigqueue with a value, a handler and a pipe", SignalReception::handler);
  return transport;
}

}  // namespace squall::ipc
