// An anonymous pipe. Sources: pipe(2), pipe(7), fcntl(2) F_SETPIPE_SZ.
#include "ipc/inherited.h"
#include "ipc/registry.h"
#include "ipc/stream.h"

#include <fcntl.h>
#include <unistd.h>

namespace squall::ipc {
namespace {

constexpr StreamPoints points = {
    .send = "ipc/pipe/write", .tail = "ipc/pipe/tail", .receive = "ipc/pipe/read"};

class PipeTransport final : public InheritedTransport {
 public:
  std::string_view name() const override { return "pipe"; }
  std::string_view about() const override { return "anonymous pipe, a length before each message"; }
  Capabilities capabilities() const override {
    return {Capability::payload, Capability::many_writers, Capability::fifo, Capability::end_of_stream,
            Capability::peer_gone};
  }
  Limits limits() const override {
    return {.max_message = stream_max_message, .atomic_message = ipc::atomic_message};
  }

  std::unique_ptr<Sender> sender_on(FileDescriptor end, const ChannelOptions& options) const override {
    return std::make_unique<StreamSender>(stream_on(std::move(end), options), options.max_message, points);
  }
  std::unique_ptr<Receiver> receiver_on(FileDescriptor end, const ChannelOptions& options) const override {
    return std::make_unique<PipeReceiver>(
        FrameReader(stream_on(std::move(end), options), options.max_message, points));
  }

 protected:
  Result<Ends> make_ends(const ChannelOptions& options) const override {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | (options.blocking ? 0 : O_NONBLOCK)) < 0) return failed("pipe2");
    size_pipe(ends[1], options);
    return Ends{.receivers = FileDescriptor(ends[0]), .senders = FileDescriptor(ends[1])};
  }

 private:
  static ByteStream stream_on(FileDescriptor end, const ChannelOptions& options) {
    return {std::move(end), ByteStream::Kind::file, options.blocking};
  }
};

}  // namespace

const Transport& pipe_transport() {
  static const PipeTransport transport;
  return transport;
}

}  // namespace squall::ipc
