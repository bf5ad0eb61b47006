// The frame of transports with one bound socket: receivers inherit it, senders connect to its address.
//
// A derived class binds the socket and makes the two sides; channel, attachments and sweep are the same for
// all.
#pragma once

#include "ipc/io.h"

namespace squall::ipc {

class BoundTransport : public Transport {
 public:
  struct Bound {
    FileDescriptor socket;
    std::string address;
  };

  Result<std::unique_ptr<Channel>> create(const ChannelOptions& options) const final;
  Result<std::unique_ptr<Sender>> open_sender(Attachment attachment) const final;
  Result<std::unique_ptr<Receiver>> open_receiver(Attachment attachment) const final;
  void sweep(const ChannelOptions& options) const final;

  virtual Result<std::unique_ptr<Sender>> sender_to(const std::string& address,
                                                    const ChannelOptions& options) const = 0;
  virtual std::unique_ptr<Receiver> receiver_on(FileDescriptor socket,
                                                const ChannelOptions& options) const = 0;
  /// The file that binding makes, or nothing.
  virtual std::string file(const ChannelOptions& options) const = 0;

 protected:
  virtual Result<Bound> bind(const ChannelOptions& options) const = 0;
};

}  // namespace squall::ipc
