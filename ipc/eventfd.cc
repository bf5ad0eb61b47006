// An eventfd in semaphore mode: it carries tokens, not bytes. Sources: eventfd(2), pipe(7).
//
// A send adds one token whatever its bytes are; a receive takes one and gives the eight bytes that read(2)
// gives, the number 1 in host order. The counter ends at 2^64 - 2, which nobody reaches: sends do not block.
// An eventfd does not know who has it open, so each side holds an end of a pipe that nothing is written to:
// its hang-up is the end of the stream, killed senders included.
#include "ipc/io.h"
#include "ipc/points.h"
#include "ipc/registry.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>

namespace squall::ipc {
namespace {

constexpr std::size_t token_size = sizeof(std::uint64_t);

/// What one side holds.
struct End {
  FileDescriptor counter;
  FileDescriptor life;
};

class EventSender final : public Sender {
 public:
  explicit EventSender(End end) : end_(std::move(end)) {}

  Result<void> send(std::span<const std::byte> message, unsigned) override {
    if (auto fits = check_size(message.size(), token_size); !fits) return fits;
    SQUALL_POINT("ipc/eventfd/write");
    const std::uint64_t token = 1;
    if (uninterrupted([&] { return ::write(end_.counter.get(), &token, token_size); }) < 0)
      return failed("write");
    return {};
  }
  Result<bool> wait(std::uint64_t deadline_ns) override {
    return wait_writable(end_.counter.get(), deadline_ns);
  }

 private:
  End end_;
};

class EventReceiver final : public Receiver {
 public:
  EventReceiver(End end, bool blocking) : end_(std::move(end)), blocking_(blocking) {}

  Result<Received> receive(std::span<std::byte> buffer) override {
    if (buffer.size() < token_size) return failure(EMSGSIZE, "read");
    SQUALL_POINT("ipc/eventfd/read");
    for (;;) {
      // Asked before the counter is read: tokens that a sender added before it died come before the end.
      const bool over = over_;
      if (uninterrupted([&] { return ::read(end_.counter.get(), buffer.data(), token_size); }) >= 0)
        return Received{.size = token_size};
      if (errno != EAGAIN) return failed("read");
      if (over) return Received{.end = true};
      if (auto changed = watch(blocking_ ? no_deadline : 0); !changed)
        return tl::unexpected(changed.error());
      else if (!*changed)
        return failure(EAGAIN, "read");
    }
  }
  Result<bool> wait(std::uint64_t deadline_ns) override { return watch(deadline_ns); }

 private:
  /// Waits for a token or for the end. False: the deadline passed.
  Result<bool> watch(std::uint64_t deadline_ns) {
    std::array events{pollfd{end_.counter.get(), POLLIN, 0}, pollfd{end_.life.get(), POLLIN, 0}};
    auto ready = poll_until(events, deadline_ns);
    if (ready && *ready) over_ = (events[1].revents & POLLHUP) != 0;
    return ready;
  }

  End end_;
  bool blocking_;
  bool over_ = false;
};

std::unique_ptr<Sender> sender_on(End end) { return std::make_unique<EventSender>(std::move(end)); }

class EventChannel final : public Channel {
 public:
  EventChannel(End senders, End receivers, bool blocking)
      : senders_(std::move(senders)), receivers_(std::move(receivers)), blocking_(blocking) {}

  std::vector<int> descriptors(Side side) const override {
    const End& end = side == Side::sender ? senders_ : receivers_;
    if (!end.counter) return {};
    return {end.counter.get(), end.life.get()};
  }
  Result<std::unique_ptr<Sender>> sender() override { return copy(senders_).map(sender_on); }
  Result<std::unique_ptr<Receiver>> receiver() override {
    return copy(receivers_).map([&](End&& end) -> std::unique_ptr<Receiver> {
      return std::make_unique<EventReceiver>(std::move(end), blocking_);
    });
  }
  void detach() override {
    senders_ = {};
    receivers_ = {};
  }
  void release() override {}

 private:
  static Result<End> copy(const End& end) {
    auto counter = duplicate(end.counter.get());
    if (!counter) return tl::unexpected(counter.error());
    auto life = duplicate(end.life.get());
    if (!life) return tl::unexpected(life.error());
    return End{std::move(*counter), std::move(*life)};
  }

  End senders_, receivers_;
  bool blocking_;
};

Result<End> take_end(const Attachment& attachment) {
  if (attachment.descriptors.size() != 2) return failure(EBADF, "attach");
  End end{FileDescriptor(attachment.descriptors[0]), FileDescriptor(attachment.descriptors[1])};
  for (const FileDescriptor* taken : {&end.counter, &end.life})
    if (::fcntl(taken->get(), F_SETFD, FD_CLOEXEC) != 0) return failed("fcntl");
  return end;
}

class EventTransport final : public Transport {
 public:
  std::string_view name() const override { return "eventfd"; }
  std::string_view about() const override { return "a counter of tokens, one a message"; }
  Capabilities capabilities() const override {
    return {Capability::boundaries, Capability::many_writers, Capability::many_readers, Capability::fifo,
            Capability::end_of_stream};
  }
  Limits limits() const override { return {.max_message = token_size}; }

  Result<std::unique_ptr<Channel>> create(const ChannelOptions& options) const override {
    FileDescriptor counter(::eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE | EFD_NONBLOCK));
    if (!counter) return failed("eventfd");
    int life[2];
    if (::pipe2(life, O_CLOEXEC) != 0) return failed("pipe2");
    FileDescriptor read_end(life[0]), write_end(life[1]);
    auto twin = duplicate(counter.get());
    if (!twin) return tl::unexpected(twin.error());
    return std::make_unique<EventChannel>(End{std::move(counter), std::move(write_end)},
                                          End{std::move(*twin), std::move(read_end)}, options.blocking);
  }
  Result<std::unique_ptr<Sender>> open_sender(Attachment attachment) const override {
    return take_end(attachment).map(sender_on);
  }
  Result<std::unique_ptr<Receiver>> open_receiver(Attachment attachment) const override {
    const bool blocking = attachment.options.blocking;
    return take_end(attachment).map([&](End&& end) -> std::unique_ptr<Receiver> {
      return std::make_unique<EventReceiver>(std::move(end), blocking);
    });
  }
  /// There is nothing to sweep: the kernel objects die with their last descriptor.
  void sweep(const ChannelOptions&) const override {}
};

}  // namespace

const Transport& eventfd_transport() {
  static const EventTransport transport;
  return transport;
}

}  // namespace squall::ipc
