// posix-mq: a POSIX message queue, "/" + options.name.
//
// The kernel gives boundaries, priorities (0 to 32767) and an exact bound; it never tells that a peer is
// gone. Its limits are those of this user: queues deeper than msg_max or wider than msgsize_max need
// CAP_SYS_RESOURCE. A buffer shorter than the queue's max_message is EMSGSIZE whatever waits there, and what
// waits stays. An mqd_t is a descriptor on Linux: poll works. Sources: mq_overview(7), mq_open(3),
// mq_send(3), mq_receive(3).
#include "ipc/io.h"
#include "ipc/points.h"
#include "ipc/registry.h"

#include <fcntl.h>
#include <mqueue.h>

#include <cstdio>
#include <utility>

namespace squall::ipc {
namespace {

constexpr std::size_t default_capacity = 8;
constexpr mode_t owner_only = 0600;

std::string name_of(const ChannelOptions& options) { return "/" + options.name; }

/// A number from /proc/sys/fs/mqueue; 0: it is not there.
std::size_t limit(const char* path) {
  std::size_t value = 0;
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return 0;
  if (std::fscanf(file, "%zu", &value) != 1) value = 0;
  std::fclose(file);
  return value;
}

Result<FileDescriptor> open_queue(const ChannelOptions& options, int access) {
  const int flags = access | O_CLOEXEC | (options.blocking ? 0 : O_NONBLOCK);
  FileDescriptor queue(uninterrupted([&] { return ::mq_open(name_of(options).c_str(), flags); }));
  if (!queue) return failed("mq_open");
  return queue;
}

class MqSender final : public Sender {
 public:
  explicit MqSender(FileDescriptor queue) : queue_(std::move(queue)) {}

  Result<void> send(std::span<const std::byte> message, unsigned priority) override {
    SQUALL_POINT("ipc/posix-mq/send");
    const auto* bytes = reinterpret_cast<const char*>(message.data());
    if (uninterrupted([&] { return ::mq_send(queue_.get(), bytes, message.size(), priority); }) < 0)
      return failed("mq_send");
    return {};
  }
  Result<bool> wait(std::uint64_t deadline_ns) override { return wait_writable(queue_.get(), deadline_ns); }

 private:
  FileDescriptor queue_;
};

class MqReceiver final : public Receiver {
 public:
  explicit MqReceiver(FileDescriptor queue) : queue_(std::move(queue)) {}

  Result<Received> receive(std::span<std::byte> buffer) override {
    unsigned priority = 0;
    auto* bytes = reinterpret_cast<char*>(buffer.data());
    const ssize_t size =
        uninterrupted([&] { return ::mq_receive(queue_.get(), bytes, buffer.size(), &priority); });
    if (size < 0) return failed("mq_receive");
    SQUALL_POINT("ipc/posix-mq/received");
    return Received{.size = static_cast<std::size_t>(size), .priority = priority, .end = false};
  }
  Result<bool> wait(std::uint64_t deadline_ns) override { return wait_readable(queue_.get(), deadline_ns); }

 private:
  FileDescriptor queue_;
};

Result<std::unique_ptr<Sender>> make_sender(const ChannelOptions& options) {
  return open_queue(options, O_WRONLY).map([](FileDescriptor queue) -> std::unique_ptr<Sender> {
    return std::make_unique<MqSender>(std::move(queue));
  });
}

Result<std::unique_ptr<Receiver>> make_receiver(const ChannelOptions& options) {
  return open_queue(options, O_RDONLY).map([](FileDescriptor queue) -> std::unique_ptr<Receiver> {
    return std::make_unique<MqReceiver>(std::move(queue));
  });
}

/// Holds no descriptor: the queue exists by its name.
class MqChannel final : public Channel {
 public:
  MqChannel(ChannelOptions options, std::size_t capacity)
      : options_(std::move(options)), capacity_(capacity) {}
  ~MqChannel() override {
    if (named_) ::mq_unlink(name_of(options_).c_str());
  }
  MqChannel(const MqChannel&) = delete;
  MqChannel& operator=(const MqChannel&) = delete;

  std::size_t capacity() const override { return capacity_; }
  Result<std::unique_ptr<Sender>> sender() override { return make_sender(options_); }
  Result<std::unique_ptr<Receiver>> receiver() override { return make_receiver(options_); }
  void detach() override {}
  void release() override { named_ = false; }

 private:
  ChannelOptions options_;
  std::size_t capacity_;
  bool named_ = true;
};

class PosixMqTransport final : public Transport {
 public:
  std::string_view name() const override { return "posix-mq"; }
  std::string_view about() const override { return "mq_open, mq_send and mq_receive"; }
  Capabilities capabilities() const override {
    using enum Capability;
    return {payload, boundaries, many_writers, many_readers, priority, fifo, bounded, persistent, named};
  }
  Limits limits() const override {
    return {.max_message = limit("/proc/sys/fs/mqueue/msgsize_max"),
            .atomic_message = 0,
            .default_capacity = default_capacity};
  }
  std::optional<std::string> unavailable() const override {
    if (limit("/proc/sys/fs/mqueue/queues_max") > 0) return std::nullopt;
    return "/proc/sys/fs/mqueue: missing or no queues allowed; the kernel needs CONFIG_POSIX_MQUEUE";
  }

  Result<std::unique_ptr<Channel>> create(const ChannelOptions& options) const override {
    mq_attr shape{};
    shape.mq_maxmsg = static_cast<long>(options.capacity == 0 ? default_capacity : options.capacity);
    shape.mq_msgsize = static_cast<long>(options.max_message);
    const int flags = O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC;
    const FileDescriptor queue(
        uninterrupted([&] { return ::mq_open(name_of(options).c_str(), flags, owner_only, &shape); }));
    if (queue) return std::make_unique<MqChannel>(options, static_cast<std::size_t>(shape.mq_maxmsg));
    if (errno != EINVAL) return failed("mq_open");
    const bool deep = static_cast<std::size_t>(shape.mq_maxmsg) > limit("/proc/sys/fs/mqueue/msg_max");
    return failure(EINVAL, deep ? "mq_open: capacity above fs.mqueue.msg_max"
                                : "mq_open: max_message above fs.mqueue.msgsize_max");
  }
  Result<std::unique_ptr<Sender>> open_sender(Attachment to) const override {
    return make_sender(to.options);
  }
  Result<std::unique_ptr<Receiver>> open_receiver(Attachment to) const override {
    return make_receiver(to.options);
  }
  void sweep(const ChannelOptions& options) const override { ::mq_unlink(name_of(options).c_str()); }
};

}  // namespace

const Transport& posix_mq_transport() {
  static const PosixMqTransport transport;
  return transport;
}

}  // namespace squall::ipc
