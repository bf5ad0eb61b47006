#include "ipc/signal_receiver.h"

#include "ipc/io.h"
#include "ipc/points.h"
#include "ipc/signal_group.h"
#include "ipc/signal_handler.h"
#include "ipc/signal_page.h"

#include <sys/signalfd.h>

#include <optional>
#include <utility>

namespace squall::ipc {
namespace {

/// What makes a process the receiver. Torn down in reverse: senders see it gone before the signals are
/// ignored.
struct Post {
  SignalGroup group;
  std::unique_ptr<SignalPage> page;
  Life life;
};

Result<Post> take_post(const ChannelOptions& options) {
  auto page = SignalPage::attach(options);
  if (!page) return tl::unexpected(page.error());
  auto life = Life::begin((*page)->liveness(), Liveness::Role::receiver);
  if (!life) return failure(EBUSY, "attach: a signal channel has one receiver");
  auto group = SignalGroup::take();
  if (!group) return tl::unexpected(group.error());
  return Post{.group = std::move(*group), .page = std::move(*page), .life = std::move(*life)};
}

void publish(const Post& post) {
  SQUALL_POINT("ipc/signal-queue/publish");
  post.page->publish({.process = ::getpid(), .first_signal = post.group.first()});
}

Result<FileDescriptor> make_signalfd(const SignalGroup& group, bool blocking) {
  FileDescriptor descriptor(::signalfd(-1, &group.signals(), SFD_CLOEXEC | (blocking ? 0 : SFD_NONBLOCK)));
  if (!descriptor) return failed("signalfd");
  return descriptor;
}

class WaitingReceiver final : public Receiver {
 public:
  WaitingReceiver(Post post, FileDescriptor readable, bool blocking)
      : post_(std::move(post)), readable_(std::move(readable)), blocking_(blocking) {}

  Result<Received> receive(std::span<std::byte> buffer) override {
    siginfo_t info{};
    do {
      if (uninterrupted([&] { return take(info); }) < 0) return failed("sigwaitinfo");
    } while (info.si_code != SI_QUEUE);
    SQUALL_POINT("ipc/signal-queue/received");
    SignalMessage message{
        .value = 0, .missing = info.si_errno, .priority = post_.group.priority_of(info.si_signo)};
    std::memcpy(&message.value, &info.si_value, signal_bytes);
    return message.copy_to(buffer);
  }
  /// By a signalfd, which takes nothing away.
  Result<bool> wait(std::uint64_t deadline_ns) override {
    return wait_readable(readable_.get(), deadline_ns);
  }

 private:
  int take(siginfo_t& info) const {
    constexpr timespec at_once{};
    return blocking_ ? ::sigwaitinfo(&post_.group.signals(), &info)
                     : ::sigtimedwait(&post_.group.signals(), &info, &at_once);
  }

  Post post_;
  FileDescriptor readable_;
  bool blocking_;
};

class DescriptorReceiver final : public Receiver {
 public:
  DescriptorReceiver(Post post, FileDescriptor descriptor)
      : post_(std::move(post)), descriptor_(std::move(descriptor)) {}

  Result<Received> receive(std::span<std::byte> buffer) override {
    signalfd_siginfo info{};
    do {
      if (uninterrupted([&] { return ::read(descriptor_.get(), &info, sizeof info); }) < 0)
        return failed("read");
    } while (info.ssi_code != SI_QUEUE);
    SQUALL_POINT("ipc/signal-queue/received");
    return SignalMessage{.value = info.ssi_ptr,
                         .missing = info.ssi_errno,
                         .priority = post_.group.priority_of(static_cast<int>(info.ssi_signo))}
        .copy_to(buffer);
  }
  Result<bool> wait(std::uint64_t deadline_ns) override {
    return wait_readable(descriptor_.get(), deadline_ns);
  }

 private:
  Post post_;
  FileDescriptor descriptor_;
};

class HandlerReceiver final : public Receiver {
 public:
  explicit HandlerReceiver(Post post) : post_(std::move(post)) {}

  Result<void> install(bool blocking) {
    auto handler = SignalHandler::install(post_.group, blocking);
    if (!handler) return tl::unexpected(handler.error());
    handler_.emplace(std::move(*handler));
    publish(post_);
    return {};
  }
  Result<Received> receive(std::span<std::byte> buffer) override {
    return handler_->next().and_then([&](const SignalMessage& message) { return message.copy_to(buffer); });
  }
  Result<bool> wait(std::uint64_t deadline_ns) override {
    return wait_readable(handler_->readable(), deadline_ns);
  }

 private:
  Post post_;
  std::optional<SignalHandler> handler_;
};

}  // namespace

Result<std::unique_ptr<Receiver>> open_signal_receiver(SignalReception reception,
                                                       const ChannelOptions& options) {
  auto post = take_post(options);
  if (!post) return tl::unexpected(post.error());
  if (reception == SignalReception::handler) {
    auto receiver = std::make_unique<HandlerReceiver>(std::move(*post));
    if (auto installed = receiver->install(options.blocking); !installed)
      return tl::unexpected(installed.error());
    return receiver;
  }
  auto descriptor = make_signalfd(post->group, options.blocking);
  if (!descriptor) return tl::unexpected(descriptor.error());
  publish(*post);
  if (reception == SignalReception::descriptor)
    return std::make_unique<DescriptorReceiver>(std::move(*post), std::move(*descriptor));
  return std::make_unique<WaitingReceiver>(std::move(*post), std::move(*descriptor), options.blocking);
}

}  // namespace squall::ipc
