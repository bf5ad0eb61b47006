#include "ipc/inherited.h"

namespace squall::ipc {
namespace {

class InheritedChannel final : public Channel {
 public:
  InheritedChannel(const InheritedTransport& transport, ChannelOptions options, InheritedTransport::Ends ends)
      : transport_(transport), options_(std::move(options)), ends_(std::move(ends)) {}

  std::vector<int> descriptors(Side side) const override {
    const FileDescriptor& end = side == Side::sender ? ends_.senders : ends_.receivers;
    return end ? std::vector{end.get()} : std::vector<int>{};
  }
  Result<std::unique_ptr<Sender>> sender() override {
    return duplicate(ends_.senders.get()).map([&](FileDescriptor&& end) {
      return transport_.sender_on(std::move(end), options_);
    });
  }
  Result<std::unique_ptr<Receiver>> receiver() override {
    return duplicate(ends_.receivers.get()).map([&](FileDescriptor&& end) {
      return transport_.receiver_on(std::move(end), options_);
    });
  }
  void detach() override { ends_ = {}; }
  void release() override {}

 private:
  const InheritedTransport& transport_;
  ChannelOptions options_;
  InheritedTransport::Ends ends_;
};

}  // namespace

Result<std::unique_ptr<Channel>> InheritedTransport::create(const ChannelOptions& options) const {
  const bool carries_bytes = capabilities().has(Capability::payload);
  if (auto fits = check_options(options, limits()); carries_bytes && !fits)
    return tl::unexpected(fits.error());
  return make_ends(options).map([&](Ends&& ends) -> std::unique_ptr<Channel> {
    return std::make_unique<InheritedChannel>(*this, options, std::move(ends));
  });
}

Result<std::unique_ptr<Sender>> InheritedTransport::open_sender(Attachment attachment) const {
  return take_descriptor(attachment).map([&](FileDescriptor&& end) {
    return sender_on(std::move(end), attachment.options);
  });
}

Result<std::unique_ptr<Receiver>> InheritedTransport::open_receiver(Attachment attachment) const {
  return take_descriptor(attachment).map([&](FileDescriptor&& end) {
    return receiver_on(std::move(end), attachment.options);
  });
}

}  // namespace squall::ipc
