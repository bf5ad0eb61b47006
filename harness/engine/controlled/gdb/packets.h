// The packets of gdb's remote protocol over a connected socket: framing, checksums, acknowledgements.
//
// Owns the socket. Blocks; a signal does not end a wait. Bounded: a packet has at most most_packet_bytes.
// Source: the gdb manual, "Remote Serial Protocol", "Overview".
#pragma once

#include "ipc/descriptor.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace squall::controlled::gdb {

inline constexpr std::size_t most_packet_bytes = 1 << 17;

std::string in_hex(const void* bytes, std::size_t size);
std::string in_hex(std::string_view text);
/// Reads hexadecimal digits off the front.
std::uint64_t take_hex(std::string_view& text);

class Packets {
 public:
  explicit Packets(FileDescriptor socket) : socket_(std::move(socket)) {}

  /// What gdb says next; an interrupt (Ctrl-C) is "\\x03". Nothing: it has gone.
  std::optional<std::string> receive();
  void send(std::string_view text);
  void need_no_acknowledgement() { acknowledges_ = false; }

 private:
  FileDescriptor socket_;
  bool acknowledges_ = true;
  std::string buffer_;

  bool fill();
  std::optional<std::string> take_packet();
};

}  // namespace squall::controlled::gdb
