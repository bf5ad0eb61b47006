// The frame of transports that are two descriptors and have no name: each side inherits its own.
//
// A derived class makes the ends and puts a Sender or a Receiver on one; channel and attachments are the same
// for all.
#pragma once

#include "ipc/io.h"

namespace squall::ipc {

class InheritedTransport : public Transport {
 public:
  struct Ends {
    FileDescriptor receivers;
    FileDescriptor senders;
  };

  Result<std::unique_ptr<Channel>> create(const ChannelOptions& options) const final;
  Result<std::unique_ptr<Sender>> open_sender(Attachment attachment) const final;
  Result<std::unique_ptr<Receiver>> open_receiver(Attachment attachment) const final;
  /// There is nothing to sweep: the kernel object dies with its last descriptor.
  void sweep(const ChannelOptions&) const final {}

  virtual std::unique_ptr<Sender> sender_on(FileDescriptor end, const ChannelOptions& options) const = 0;
  virtual std::unique_ptr<Receiver> receiver_on(FileDescriptor end, const ChannelOptions& options) const = 0;

 protected:
  virtual Result<Ends> make_ends(const ChannelOptions& options) const = 0;
};

}  // namespace squall::ipc
