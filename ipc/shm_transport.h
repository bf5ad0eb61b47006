// The transports over shared memory: one implementation, told apart by where the memory comes from and by the
// queue in it.
//
// Attached for as long as an endpoint lives, and counted as alive for as long as the thread that attached it:
// make an endpoint in the thread, and after fork in the process, that will use it. Sources: the headers it
// includes.
#pragma once

#include "ipc/mapping.h"
#include "ipc/shared_object.h"
#include "ipc/transport.h"

namespace squall::ipc {

struct ShmKind {
  std::string_view name;
  std::string_view about;
  Capabilities capabilities;
  Backing backing;
  Algorithm algorithm;
};

class ShmTransport final : public Transport {
 public:
  explicit constexpr ShmTransport(const ShmKind& kind) : kind_(kind) {}

  std::string_view name() const override { return kind_.name; }
  std::string_view about() const override { return kind_.about; }
  Capabilities capabilities() const override { return kind_.capabilities; }
  Limits limits() const override;
  Result<std::unique_ptr<Channel>> create(const ChannelOptions&) const override;
  Result<std::unique_ptr<Sender>> open_sender(Attachment) const override;
  Result<std::unique_ptr<Receiver>> open_receiver(Attachment) const override;
  Result<std::unique_ptr<Memory>> open_memory(Attachment) const override;
  void sweep(const ChannelOptions&) const override;

 private:
  const ShmKind kind_;
};

}  // namespace squall::ipc
