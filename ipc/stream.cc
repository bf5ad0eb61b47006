#include "ipc/stream.h"

#include "ipc/points.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>

namespace squall::ipc {
namespace {

constexpr std::size_t read_ahead = 1 << 16;
constexpr std::size_t large_message = 1 << 13;

using Header = std::array<std::byte, frame_header>;

Header encode(std::size_t length) {
  Header header;
  for (std::size_t i = 0; i < frame_header; ++i) header[i] = static_cast<std::byte>(length >> (8 * i));
  return header;
}

std::size_t decode(const std::byte* header) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < frame_header; ++i) length |= std::to_integer<std::size_t>(header[i]) << (8 * i);
  return length;
}

msghdr message_of(std::span<const iovec> parts) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  return message;
}

/// What is left of the parts once `count` bytes of them are written.
std::span<iovec> after(std::span<iovec> parts, std::size_t count) {
  while (!parts.empty() && count >= parts.front().iov_len) {
    count -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (!parts.empty()) {
    parts.front().iov_base = static_cast<std::byte*>(parts.front().iov_base) + count;
    parts.front().iov_len -= count;
  }
  return parts;
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

ByteStream::ByteStream(FileDescriptor descriptor, Kind kind, bool blocking)
    : descriptor_(std::move(descriptor)),
      kind_(kind),
      blocking_(blocking),
      flags_(blocking ? 0 : MSG_DONTWAIT) {}

ssize_t ByteStream::write(const void* bytes, std::size_t size) const {
  return uninterrupted([&] {
    return kind_ == Kind::file ? ::write(descriptor(), bytes, size)
                               : ::send(descriptor(), bytes, size, flags_ | MSG_NOSIGNAL);
  });
}

ssize_t ByteStream::write(std::span<const iovec> parts) const {
  const msghdr message = message_of(parts);
  return uninterrupted([&] {
    return kind_ == Kind::file ? ::writev(descriptor(), parts.data(), static_cast<int>(parts.size()))
                               : ::sendmsg(descriptor(), &message, flags_ | MSG_NOSIGNAL);
  });
}

ssize_t ByteStream::read(void* bytes, std::size_t size) const {
  return uninterrupted([&] {
    return kind_ == Kind::file ? ::read(descriptor(), bytes, size)
                               : ::recv(descriptor(), bytes, size, flags_);
  });
}

ssize_t ByteStream::read(std::span<const iovec> parts) const {
  msghdr message = message_of(parts);
  return uninterrupted([&] {
    return kind_ == Kind::file ? ::readv(descriptor(), parts.data(), static_cast<int>(parts.size()))
                               : ::recvmsg(descriptor(), &message, flags_);
  });
}

void ByteStream::shut_down_writing() const {
  if (kind_ == Kind::socket && descriptor_) ::shutdown(descriptor(), SHUT_WR);
}

FrameReader::FrameReader(ByteStream stream, const StreamPoints& points)
    : stream_(std::move(stream)),
      points_(points),
      capacity_(read_ahead),
      storage_(std::make_unique_for_overwrite<std::byte[]>(read_ahead)) {}

std::optional<std::size_t> FrameReader::length() const {
  if (buffered() < frame_header) return std::nullopt;
  return decode(&storage_[begin_]);
}

bool FrameReader::ready() const {
  const auto size = length();
  return size && buffered() >= frame_header + *size;
}

Result<Received> FrameReader::take(std::span<std::byte> buffer) {
  const std::size_t size = *length();
  if (size > buffer.size()) return failure(EMSGSIZE, "receive");
  std::memcpy(buffer.data(), &storage_[begin_ + frame_header], size);
  begin_ += frame_header + size;
  return Received{.size = size};
}

void FrameReader::make_room(std::size_t size) {
  if (size > capacity_) {
    auto larger = std::make_unique_for_overwrite<std::byte[]>(size);
    std::memcpy(larger.get(), &storage_[begin_], buffered());
    storage_ = std::move(larger);
    capacity_ = size;
  } else {
    std::memmove(storage_.get(), &storage_[begin_], buffered());
  }
  end_ -= begin_;
  begin_ = 0;
}

Result<FrameReader::Filled> FrameReader::fill() {
  const auto size = length();
  const std::size_t wanted = frame_header + size.value_or(0);
  if (wanted > frame_header + stream_max_message) return failure(EBADMSG, "frame");
  make_room(wanted);
  SQUALL_POINT(points_.receive);
  const std::size_t most = headers_only_ && !size ? frame_header - buffered() : capacity_ - end_;
  const ssize_t got = stream_.read(&storage_[end_], most);
  if (got == 0) return Filled::end;
  if (got < 0) return would_block() ? Result<Filled>(Filled::nothing) : failed("read");
  end_ += static_cast<std::size_t>(got);
  return Filled::some;
}

Result<Received> FrameReader::receive(std::span<std::byte> buffer) {
  while (!ready()) {
    const auto size = length();
    headers_only_ = size ? *size >= large_message : headers_only_;
    if (stream_.blocking() && size && headers_only_ && *size <= buffer.size()) {
      return receive_direct(buffer.first(*size));
    }
    const auto filled = fill();
    if (!filled) return tl::unexpected(filled.error());
    if (*filled == Filled::end) return Received{.end = true};
    if (*filled == Filled::nothing) return failure(EAGAIN, "read");
  }
  return take(buffer);
}

Result<Received> FrameReader::receive_direct(std::span<std::byte> message) {
  std::size_t got = std::exchange(end_, 0) - begin_ - frame_header;
  std::memcpy(message.data(), &storage_[begin_ + frame_header], got);
  begin_ = 0;
  while (got < message.size()) {
    const std::array parts = {iovec{&message[got], message.size() - got},
                              iovec{storage_.get(), frame_header}};
    SQUALL_POINT(points_.receive);
    const ssize_t more = stream_.read(parts);
    if (more == 0) return Received{.end = true};
    if (more < 0) return failed("readv");
    got += static_cast<std::size_t>(more);
  }
  end_ = got - message.size();
  return Received{.size = message.size()};
}

StreamSender::StreamSender(ByteStream stream, std::size_t max_message, const StreamPoints& points)
    : stream_(std::move(stream)), max_message_(max_message), points_(points) {}

StreamSender::~StreamSender() { stream_.shut_down_writing(); }

Result<void> StreamSender::send(std::span<const std::byte> message, unsigned) {
  if (auto fits = check_size(message.size(), max_message_); !fits) return fits;
  SQUALL_POINT(points_.send);
  if (frame_header + message.size() <= PIPE_BUF) return send_small(message, stream_.blocking());
  Header header = encode(message.size());
  std::array parts = {iovec{header.data(), header.size()},
                      iovec{const_cast<std::byte*>(message.data()), message.size()}};
  return write_all(parts, stream_.blocking());
}

Result<void> StreamSender::announce() { return send_small({}, true); }

Result<void> StreamSender::send_small(std::span<const std::byte> message, bool wait_for_room) {
  std::array<std::byte, PIPE_BUF> frame;
  const Header header = encode(message.size());
  std::memcpy(frame.data(), header.data(), frame_header);
  if (!message.empty()) std::memcpy(&frame[frame_header], message.data(), message.size());
  iovec part = {frame.data(), frame_header + message.size()};
  return write_all({&part, 1}, wait_for_room);
}

Result<void> StreamSender::write_all(std::span<iovec> parts, bool wait_for_room) {
  for (bool begun = false; !parts.empty();) {
    const ssize_t written =
        parts.size() == 1 ? stream_.write(parts[0].iov_base, parts[0].iov_len) : stream_.write(parts);
    if (written >= 0) {
      parts = after(parts, static_cast<std::size_t>(written));
      begun = true;
      if (!parts.empty()) SQUALL_POINT(points_.tail);
    } else if (!would_block() || !(begun || wait_for_room)) {
      return failed("write");
    } else if (auto room = wait_writable(stream_.descriptor(), no_deadline); !room) {
      return tl::unexpected(room.error());
    }
  }
  return {};
}

Result<bool> StreamSender::wait(std::uint64_t deadline_ns) {
  return wait_writable(stream_.descriptor(), deadline_ns);
}

PipeReceiver::PipeReceiver(FrameReader reader, FileDescriptor writer_to_close, unsigned unannounced)
    : reader_(std::move(reader)), writer_to_close_(std::move(writer_to_close)), unannounced_(unannounced) {}

Result<Received> PipeReceiver::receive(std::span<std::byte> buffer) {
  for (;;) {
    auto received = reader_.receive(buffer);
    if (!received || received->size > 0 || received->end) return received;
    if (unannounced_ > 0 && --unannounced_ == 0) writer_to_close_.reset();
  }
}

Result<bool> PipeReceiver::wait(std::uint64_t deadline_ns) {
  if (reader_.ready()) return true;
  return wait_readable(reader_.descriptor(), deadline_ns);
}

void shrink_pipe(int descriptor) { ::fcntl(descriptor, F_SETPIPE_SZ, 1); }

}  // namespace squall::ipc
