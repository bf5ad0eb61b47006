#include "ipc/sysv_mq.h"

#include "ipc/clock.h"
#include "ipc/io.h"
#include "ipc/points.h"
#include "ipc/registry.h"

#include <sys/ipc.h>
#include <sys/msg.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <utility>

namespace squall::ipc {
namespace {

constexpr int owner_only = 0600;
constexpr std::string_view type_option = ";type=";

/// FNV-1a, folded to 31 bits. Never IPC_PRIVATE, which is 0.
key_t key_of(const ChannelOptions& options) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  for (const char letter : options.name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100'0000'01b3;
  const auto key = static_cast<key_t>((hash ^ hash >> 32) & 0x7fff'ffff);
  return key == IPC_PRIVATE ? 1 : key;
}

std::size_t kernel_max_message() {
  std::size_t value = 0;
  std::FILE* file = std::fopen("/proc/sys/kernel/msgmax", "re");
  if (file == nullptr) return 0;
  if (std::fscanf(file, "%zu", &value) != 1) value = 0;
  std::fclose(file);
  return value;
}

std::vector<long> buffer_for(const ChannelOptions& options) {
  return std::vector<long>(1 + (options.max_message + sizeof(long) - 1) / sizeof(long));
}

Result<int> find_queue(const ChannelOptions& options) {
  const int queue = ::msgget(key_of(options), 0);
  if (queue < 0) return failed("msgget");
  return queue;
}

/// EINVAL means two things to the kernel; sizes and types have been checked, so the queue does not exist any
/// more.
tl::unexpected<Error> queue_failure(const char* call) {
  return failure(errno == EINVAL ? EIDRM : errno, call);
}

Result<msqid_ds> look_at(int queue) {
  msqid_ds status{};
  if (::msgctl(queue, IPC_STAT, &status) < 0) return queue_failure("msgctl");
  return status;
}

template <class Ready>
Result<bool> wait_until(int queue, std::uint64_t deadline_ns, Ready ready) {
  Backoff backoff(deadline_ns);
  for (;;) {
    const auto status = look_at(queue);
    if (!status) return tl::unexpected(status.error());
    if (ready(*status)) return true;
    if (!backoff.sleep()) return false;
  }
}

class SysvSender final : public Sender {
 public:
  SysvSender(int queue, const ChannelOptions& options)
      : queue_(queue),
        flags_(options.blocking ? 0 : IPC_NOWAIT),
        max_message_(options.max_message),
        message_(buffer_for(options)) {}

  Result<void> send(std::span<const std::byte> message, unsigned priority) override {
    if (message.size() > max_message_) return failure(EMSGSIZE, "msgsnd");
    message_[0] = static_cast<long>(priority) + 1;
    if (!message.empty()) std::memcpy(message_.data() + 1, message.data(), message.size());
    SQUALL_POINT("ipc/sysv-mq/send");
    size_ = message.size();
    if (uninterrupted([&] { return ::msgsnd(queue_, message_.data(), size_, flags_); }) < 0)
      return queue_failure("msgsnd");
    return {};
  }
  /// Room for a message as long as the last one.
  Result<bool> wait(std::uint64_t deadline_ns) override {
    return wait_until(queue_, deadline_ns, [&](const msqid_ds& status) {
      return status.__msg_cbytes + size_ <= status.msg_qbytes && status.msg_qnum + 1 <= status.msg_qbytes;
    });
  }

 private:
  int queue_;
  int flags_;
  std::size_t max_message_;
  std::size_t size_ = 0;
  std::vector<long> message_;
};

Result<std::unique_ptr<Sender>> make_sender(const ChannelOptions& options) {
  return find_queue(options).map(
      [&](int queue) -> std::unique_ptr<Sender> { return std::make_unique<SysvSender>(queue, options); });
}

Result<std::unique_ptr<Receiver>> make_receiver(const Attachment& to) {
  return SysvReceiver::open(to).map(
      [](std::unique_ptr<SysvReceiver> receiver) -> std::unique_ptr<Receiver> { return receiver; });
}

class SysvChannel final : public Channel {
 public:
  SysvChannel(int queue, ChannelOptions options) : queue_(queue), options_(std::move(options)) {}
  ~SysvChannel() override {
    if (named_) ::msgctl(queue_, IPC_RMID, nullptr);
  }
  SysvChannel(const SysvChannel&) = delete;
  SysvChannel& operator=(const SysvChannel&) = delete;

  Result<std::unique_ptr<Sender>> sender() override { return make_sender(options_); }
  Result<std::unique_ptr<Receiver>> receiver() override {
    return make_receiver({.options = options_, .address = {}, .descriptors = {}});
  }
  std::string address() const override { return std::to_string(key_of(options_)); }
  void detach() override {}
  void release() override { named_ = false; }

  /// EPERM: the capacity needs more bytes than kernel.msgmnb, and CAP_SYS_RESOURCE.
  Result<void> make_room() const {
    auto status = look_at(queue_);
    if (!status) return tl::unexpected(status.error());
    const std::size_t bytes = options_.capacity * options_.max_message;
    if (bytes <= status->msg_qbytes) return {};
    status->msg_qbytes = bytes;
    if (::msgctl(queue_, IPC_SET, &*status) < 0) return failed("msgctl: capacity above kernel.msgmnb");
    return {};
  }

 private:
  int queue_;
  ChannelOptions options_;
  bool named_ = true;
};

class SysvMqTransport final : public Transport {
 public:
  std::string_view name() const override { return "sysv-mq"; }
  std::string_view about() const override { return "msgget, msgsnd and msgrcv"; }
  Capabilities capabilities() const override {
    using enum Capability;
    return {payload, boundaries, many_writers, many_readers, fifo, persistent, named};
  }
  Limits limits() const override {
    return {.max_message = kernel_max_message(), .atomic_message = 0, .default_capacity = 0};
  }
  std::optional<std::string> unavailable() const override {
    if (kernel_max_message() > 0) return std::nullopt;
    return "/proc/sys/kernel/msgmax: missing; the kernel needs CONFIG_SYSVIPC";
  }

  Result<std::unique_ptr<Channel>> create(const ChannelOptions& options) const override {
    if (options.max_message > kernel_max_message())
      return failure(EINVAL, "msgget: max_message above kernel.msgmax");
    const int queue = ::msgget(key_of(options), IPC_CREAT | IPC_EXCL | owner_only);
    if (queue < 0) return failed("msgget");
    auto channel = std::make_unique<SysvChannel>(queue, options);
    if (auto room = channel->make_room(); !room) return tl::unexpected(room.error());
    return channel;
  }
  Result<std::unique_ptr<Sender>> open_sender(Attachment to) const override {
    return make_sender(to.options);
  }
  Result<std::unique_ptr<Receiver>> open_receiver(Attachment to) const override { return make_receiver(to); }

  void sweep(const ChannelOptions& options) const override {
    const int queue = ::msgget(key_of(options), 0);
    if (queue >= 0) ::msgctl(queue, IPC_RMID, nullptr);
  }
};

}  // namespace

SysvReceiver::SysvReceiver(int queue, const ChannelOptions& options, long type)
    : queue_(queue), flags_(options.blocking ? 0 : IPC_NOWAIT), type_(type), message_(buffer_for(options)) {}

Result<std::unique_ptr<SysvReceiver>> SysvReceiver::open(const Attachment& to) {
  long type = 0;
  const std::string_view address = to.address;
  if (const std::size_t at = address.find(type_option); at != std::string_view::npos) {
    const std::string_view number = address.substr(at + type_option.size());
    if (std::from_chars(number.data(), number.data() + number.size(), type).ec != std::errc{})
      return failure(EINVAL, "sysv-mq address");
  }
  return find_queue(to.options).map([&](int queue) {
    return std::unique_ptr<SysvReceiver>(new SysvReceiver(queue, to.options, type));
  });
}

Result<Received> SysvReceiver::receive(std::span<std::byte> buffer) {
  const std::size_t room = std::min(buffer.size(), (message_.size() - 1) * sizeof(long));
  const ssize_t size = uninterrupted([&] { return ::msgrcv(queue_, message_.data(), room, type_, flags_); });
  if (size < 0) {
    if (errno == E2BIG) return failure(EMSGSIZE, "msgrcv");
    if (errno == ENOMSG) return failure(EAGAIN, "msgrcv");
    return queue_failure("msgrcv");
  }
  SQUALL_POINT("ipc/sysv-mq/received");
  if (size != 0) std::memcpy(buffer.data(), message_.data() + 1, static_cast<std::size_t>(size));
  return Received{.size = static_cast<std::size_t>(size),
                  .priority = static_cast<unsigned>(message_[0] - 1),
                  .end = false};
}

Result<bool> SysvReceiver::wait(std::uint64_t deadline_ns) {
  Backoff first_nap(deadline_ns);  // a chosen type may be missing among what is there: never a busy loop
  if (type_ != 0 && !first_nap.sleep()) return false;
  return wait_until(queue_, deadline_ns, [](const msqid_ds& status) { return status.msg_qnum > 0; });
}

const Transport& sysv_mq_transport() {
  static const SysvMqTransport transport;
  return transport;
}

}  // namespace squall::ipc
