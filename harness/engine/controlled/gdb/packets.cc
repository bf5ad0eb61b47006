#include "harness/engine/controlled/gdb/packets.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstdint>

namespace squall::controlled::gdb {
namespace {

constexpr char interrupt = 0x03;
constexpr std::size_t checksum_digits = 2;

std::uint8_t checksum(std::string_view text) {
  unsigned sum = 0;
  for (const char letter : text) sum += static_cast<unsigned char>(letter);
  return static_cast<std::uint8_t>(sum);
}

/// Letters that mean something to the framing are sent as } and themselves, changed.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    const bool is_special = letter == '$' || letter == '#' || letter == '}' || letter == '*';
    if (is_special) out += '}';
    out += is_special ? static_cast<char>(letter ^ 0x20) : letter;
  }
  return out;
}

}  // namespace

std::string in_hex(const void* bytes, std::size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  const auto* byte = static_cast<const unsigned char*>(bytes);
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += {digits[byte[i] >> 4], digits[byte[i] & 15]};
  return text;
}

std::string in_hex(std::string_view text) { return in_hex(text.data(), text.size()); }

std::uint64_t take_hex(std::string_view& text) {
  std::uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value, 16).ptr;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool Packets::fill() {
  char piece[4096];
  ssize_t size = 0;
  do size = recv(socket_.get(), piece, sizeof piece, 0);
  while (size < 0 && errno == EINTR);
  if (size > 0) buffer_.append(piece, static_cast<std::size_t>(size));
  return size > 0 && buffer_.size() <= most_packet_bytes;
}

std::optional<std::string> Packets::take_packet() {
  const std::size_t begin = buffer_.find_first_of(std::string{'$', interrupt});
  if (begin == buffer_.npos) return buffer_.clear(), std::nullopt;
  if (buffer_[begin] == interrupt) return buffer_.erase(0, begin + 1), std::string(1, interrupt);
  const std::size_t end = buffer_.find('#', begin);
  if (end == buffer_.npos || end + checksum_digits >= buffer_.size()) return std::nullopt;
  std::string text = buffer_.substr(begin + 1, end - begin - 1);
  buffer_.erase(0, end + checksum_digits + 1);
  return text;
}

std::optional<std::string> Packets::receive() {
  for (;;) {
    if (auto text = take_packet()) {
      if (acknowledges_) ::send(socket_.get(), "+", 1, MSG_NOSIGNAL);
      return text;
    }
    if (!fill()) return std::nullopt;
  }
}

void Packets::send(std::string_view text) {
  const std::string body = escaped(text);
  const std::string packet = fmt::format("${}#{:02x}", body, checksum(body));
  for (std::size_t at = 0; at < packet.size();) {
    const ssize_t size = ::send(socket_.get(), packet.data() + at, packet.size() - at, MSG_NOSIGNAL);
    if (size < 0 && errno != EINTR) return;
    if (size > 0) at += static_cast<std::size_t>(size);
  }
}

}  // namespace squall::controlled::gdb
