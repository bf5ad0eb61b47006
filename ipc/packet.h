// Messages over sockets that keep boundaries: seqpacket and datagram.
//
// A message longer than the receiver's buffer is lost, and said to be (EMSGSIZE). One thread at a time per
// object; the kernel serialises objects that share a socket. Sources: unix(7), recv(2) MSG_TRUNC, send(2).
#pragma once

#include "ipc/io.h"

namespace squall::ipc {

struct PacketPoints {
  const char* send;
  const char* receive;
};

class PacketSender final : public Sender {
 public:
  PacketSender(FileDescriptor socket, const ChannelOptions& options, const PacketPoints& points);

  Result<void> send(std::span<const std::byte> message, unsigned priority) override;
  Result<bool> wait(std::uint64_t deadline_ns) override;

 private:
  FileDescriptor socket_;
  std::size_t max_message_;
  int flags_;
  PacketPoints points_;
};

class PacketReceiver final : public Receiver {
 public:
  /// What an empty packet means: the end (nobody sends one on a seqpacket), or nothing (anybody may send a
  /// datagram).
  enum class Empty : std::uint8_t { ends, skipped };

  PacketReceiver(FileDescriptor socket, const ChannelOptions& options, const PacketPoints& points,
                 Empty empty);

  Result<Received> receive(std::span<std::byte> buffer) override;
  Result<bool> wait(std::uint64_t deadline_ns) override;

 private:
  FileDescriptor socket_;
  int flags_;
  PacketPoints points_;
  Empty empty_;
};

}  // namespace squall::ipc
