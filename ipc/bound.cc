#include "ipc/bound.h"

#include <unistd.h>

namespace squall::ipc {
namespace {

class BoundChannel final : public Channel {
 public:
  BoundChannel(const BoundTransport& transport, ChannelOptions options, BoundTransport::Bound bound)
      : transport_(transport), options_(std::move(options)), bound_(std::move(bound)) {}
  ~BoundChannel() override {
    if (!released_) transport_.sweep(options_);
  }

  std::string address() const override { return bound_.address; }
  std::vector<int> descriptors(Side side) const override {
    return side == Side::receiver && bound_.socket ? std::vector{bound_.socket.get()} : std::vector<int>{};
  }
  Result<std::unique_ptr<Sender>> sender() override { return transport_.sender_to(bound_.address, options_); }
  Result<std::unique_ptr<Receiver>> receiver() override {
    return duplicate(bound_.socket.get()).map([&](FileDescriptor&& socket) {
      return transport_.receiver_on(std::move(socket), options_);
    });
  }
  void detach() override { bound_.socket.reset(); }
  void release() override { released_ = true; }

 private:
  const BoundTransport& transport_;
  ChannelOptions options_;
  BoundTransport::Bound bound_;
  bool released_ = false;
};

}  // namespace

Result<std::unique_ptr<Channel>> BoundTransport::create(const ChannelOptions& options) const {
  if (auto fits = check_options(options, limits()); !fits) return tl::unexpected(fits.error());
  return bind(options).map([&](Bound&& bound) -> std::unique_ptr<Channel> {
    return std::make_unique<BoundChannel>(*this, options, std::move(bound));
  });
}

Result<std::unique_ptr<Sender>> BoundTransport::open_sender(Attachment attachment) const {
  return sender_to(attachment.address, attachment.options);
}

Result<std::unique_ptr<Receiver>> BoundTransport::open_receiver(Attachment attachment) const {
  return take_descriptor(attachment).map([&](FileDescriptor&& socket) {
    return receiver_on(std::move(socket), attachment.options);
  });
}

void BoundTransport::sweep(const ChannelOptions& options) const {
  if (const std::string path = file(options); !path.empty()) ::unlink(path.c_str());
}

}  // namespace squall::ipc
