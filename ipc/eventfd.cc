// An eventfd in semaphore mode: it carries tokens, not bytes. Sources: eventfd(2).
//
// A send adds one token whatever its bytes are; a receive takes one and gives the eight bytes that read(2)
// gives, the number 1 in host order. The counter ends at 2^64 - 2, which nobody reaches: sends do not block.
#include "ipc/inherited.h"
#include "ipc/points.h"
#include "ipc/registry.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>

namespace squall::ipc {
namespace {

constexpr std::size_t token_size = sizeof(std::uint64_t);

class EventSender final : public Sender {
 public:
  explicit EventSender(FileDescriptor counter) : counter_(std::move(counter)) {}

  Result<void> send(std::span<const std::byte> message, unsigned) override {
    if (auto fits = check_size(message.size(), token_size); !fits) return fits;
    SQUALL_POINT("ipc/eventfd/write");
    const std::uint64_t token = 1;
    if (uninterrupted([&] { return ::write(counter_.get(), &token, token_size); }) < 0)
      return failed("write");
    return {};
  }
  Result<bool> wait(std::uint64_t deadline_ns) override { return wait_writable(counter_.get(), deadline_ns); }

 private:
  FileDescriptor counter_;
};

class EventReceiver final : public Receiver {
 public:
  explicit EventReceiver(FileDescriptor counter) : counter_(std::move(counter)) {}

  Result<Received> receive(std::span<std::byte> buffer) override {
    if (buffer.size() < token_size) return failure(EMSGSIZE, "read");
    SQUALL_POINT("ipc/eventfd/read");
    if (uninterrupted([&] { return ::read(counter_.get(), buffer.data(), token_size); }) < 0)
      return failed("read");
    return Received{.size = token_size};
  }
  Result<bool> wait(std::uint64_t deadline_ns) override { return wait_readable(counter_.get(), deadline_ns); }

 private:
  FileDescriptor counter_;
};

class EventTransport final : public InheritedTransport {
 public:
  std::string_view name() const override { return "eventfd"; }
  std::string_view about() const override { return "a counter of tokens, one a message"; }
  Capabilities capabilities() const override {
    return {Capability::boundaries, Capability::many_writers, Capability::many_readers, Capability::fifo};
  }
  Limits limits() const override { return {.max_message = token_size}; }

  std::unique_ptr<Sender> sender_on(FileDescriptor counter, const ChannelOptions&) const override {
    return std::make_unique<EventSender>(std::move(counter));
  }
  std::unique_ptr<Receiver> receiver_on(FileDescriptor counter, const ChannelOptions&) const override {
    return std::make_unique<EventReceiver>(std::move(counter));
  }

 protected:
  Result<Ends> make_ends(const ChannelOptions& options) const override {
    FileDescriptor counter(::eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE | (options.blocking ? 0 : EFD_NONBLOCK)));
    if (!counter) return failed("eventfd");
    return duplicate(counter.get()).map([&](FileDescriptor&& copy) {
      return Ends{.receivers = std::move(counter), .senders = std::move(copy)};
    });
  }
};

}  // namespace

const Transport& eventfd_transport() {
  static const EventTransport transport;
  return transport;
}

}  // namespace squall::ipc
