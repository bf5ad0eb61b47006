// A FIFO in the file system: everybody opens it by its path. Sources: fifo(7), mkfifo(3), open(2), pipe(7).
//
// The receiver opens it first and without waiting; a sender that finds no receiver fails with ENXIO instead
// of waiting for one. Each sender announces itself as it attaches, and the stream cannot end before all of
// ChannelOptions::writers have: a sender that dies before it attaches is never counted.
#include "ipc/points.h"
#include "ipc/registry.h"
#include "ipc/stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace squall::ipc {
namespace {

constexpr StreamPoints points = {
    .send = "ipc/fifo/write", .tail = "ipc/fifo/tail", .receive = "ipc/fifo/read"};

std::string fifo_path(const ChannelOptions& options) { return path_of(options, ".fifo"); }

Result<ByteStream> open_end(const std::string& path, int direction, bool blocking) {
  FileDescriptor end(uninterrupted([&] { return ::open(path.c_str(), direction | O_CLOEXEC | O_NONBLOCK); }));
  if (!end) return failed("open");
  if (blocking && ::fcntl(end.get(), F_SETFL, direction) < 0) return failed("fcntl(F_SETFL)");
  return ByteStream(std::move(end), ByteStream::Kind::file, blocking);
}

Result<std::unique_ptr<Sender>> attach_sender(const ChannelOptions& options) {
  auto stream = open_end(fifo_path(options), O_WRONLY, options.blocking);
  if (!stream) return tl::unexpected(stream.error());
  auto sender = std::make_unique<StreamSender>(std::move(*stream), options.max_message, points);
  SQUALL_POINT("ipc/fifo/announce");
  if (auto announced = sender->announce(); !announced) return tl::unexpected(announced.error());
  return sender;
}

Result<std::unique_ptr<Receiver>> attach_receiver(const ChannelOptions& options) {
  const std::string path = fifo_path(options);
  auto stream = open_end(path, O_RDONLY, options.blocking);
  if (!stream) return tl::unexpected(stream.error());
  FileDescriptor keeps_open(
      uninterrupted([&] { return ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK); }));
  if (!keeps_open) return failed("open");
  size_pipe(stream->descriptor(), options);
  return std::make_unique<PipeReceiver>(FrameReader(std::move(*stream), options.max_message, points),
                                        std::move(keeps_open), options.writers);
}

class FifoChannel final : public Channel {
 public:
  explicit FifoChannel(ChannelOptions options) : options_(std::move(options)), path_(fifo_path(options_)) {}
  ~FifoChannel() override {
    if (!released_) ::unlink(path_.c_str());
  }

  std::string address() const override { return path_; }
  Result<std::unique_ptr<Sender>> sender() override { return attach_sender(options_); }
  Result<std::unique_ptr<Receiver>> receiver() override { return attach_receiver(options_); }
  void detach() override {}
  void release() override { released_ = true; }

 private:
  ChannelOptions options_;
  std::string path_;
  bool released_ = false;
};

class FifoTransport final : public Transport {
 public:
  std::string_view name() const override { return "fifo"; }
  std::string_view about() const override { return "named pipe, lengths before messages"; }
  Capabilities capabilities() const override {
    return {Capability::payload,       Capability::many_writers, Capability::fifo,
            Capability::end_of_stream, Capability::peer_gone,    Capability::named};
  }
  Limits limits() const override {
    return {.max_message = stream_max_message, .atomic_message = ipc::atomic_message};
  }

  Result<std::unique_ptr<Channel>> create(const ChannelOptions& options) const override {
    if (auto fits = check_options(options, limits()); !fits) return tl::unexpected(fits.error());
    if (::mkfifo(fifo_path(options).c_str(), 0600) < 0) return failed("mkfifo");
    return std::make_unique<FifoChannel>(options);
  }

  Result<std::unique_ptr<Sender>> open_sender(Attachment attachment) const override {
    return attach_sender(attachment.options);
  }
  Result<std::unique_ptr<Receiver>> open_receiver(Attachment attachment) const override {
    return attach_receiver(attachment.options);
  }

  void sweep(const ChannelOptions& options) const override { ::unlink(fifo_path(options).c_str()); }
};

}  // namespace

const Transport& fifo_transport() {
  static const FifoTransport transport;
  return transport;
}

}  // namespace squall::ipc
