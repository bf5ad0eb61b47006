// Messages over byte streams: pipes, FIFOs and connected stream sockets.
//
// Every message is preceded by its length, four bytes, least significant first. On a channel whose longest
// message is above atomic_message sixty zero bytes follow the length: the kernel then copies between aligned
// addresses, which is worth some percent at 64 KiB. Up to PIPE_BUF bytes go out in one write, which pipe(7)
// makes atomic. One read asks for one longest message with its header and no more: as long as messages have
// one size each costs one read, so that a fault rule can name it, and a reader that is quicker than its
// writer does not go to sleep over an emptied stream.
//
// A stream socket is written with MSG_NOSIGNAL. A pipe or FIFO without a reader raises SIGPIPE unless the
// process ignores it: two more system calls a message would be the price of hiding that here.
//
// One thread at a time. Sources: pipe(7), write(2), readv(2), unix(7), tcp(7).
#pragma once

#include "ipc/io.h"

#include <sys/types.h>
#include <sys/uio.h>

#include <climits>
#include <memory>

namespace squall::ipc {

inline constexpr std::size_t short_header = 4;
inline constexpr std::size_t long_header = 64;
/// A channel whose longest message this is, or shorter, sends every message in one atomic write.
inline constexpr std::size_t atomic_message = PIPE_BUF - short_header;
/// What precedes every message of a channel with that longest message.
constexpr std::size_t header_size(std::size_t max_message) {
  return max_message > atomic_message ? long_header : short_header;
}
/// The longest message of any stream: it bounds the buffers.
inline constexpr std::size_t stream_max_message = 1 << 20;

/// The fault points that a stream passes (ipc/points.cc says where). Literals: they are handed to libfiu.
struct StreamPoints {
  const char* send;
  const char* tail;
  const char* receive;
  const char* connected = "";
  const char* accepted = "";
};

/// One descriptor, read and written in the way of its kind. -1 with errno; EINTR is retried.
class ByteStream {
 public:
  enum class Kind : std::uint8_t { file, socket };

  /// A file's blocking mode is its O_NONBLOCK, set by whoever opened it; a socket's is asked for at every
  /// call.
  ByteStream(FileDescriptor descriptor, Kind kind, bool blocking);

  int descriptor() const { return descriptor_.get(); }
  bool blocking() const { return blocking_; }
  ssize_t write(const void* bytes, std::size_t size) const;
  ssize_t write(std::span<const iovec> parts) const;
  ssize_t read(void* bytes, std::size_t size) const;
  ssize_t read(std::span<const iovec> parts) const;
  void shut_down_writing() const;

 private:
  FileDescriptor descriptor_;
  Kind kind_;
  bool blocking_;
  int flags_;
};

/// Takes messages out of a stream. A message that its writer's death cut short is dropped: its send never
/// returned.
class FrameReader {
 public:
  enum class Filled : std::uint8_t { some, nothing, end, failed };

  FrameReader(ByteStream stream, std::size_t max_message, const StreamPoints& points);

  int descriptor() const { return stream_.descriptor(); }
  /// A whole message is in the buffer.
  bool ready() const;
  /// Copies the message out of the buffer; ready() must hold. EMSGSIZE: too short for it, and it stays.
  Result<Received> take(std::span<std::byte> buffer);
  /// One read into the buffer. `failed` leaves errno; EBADMSG: what came is no length of a message of this
  /// channel.
  Filled fill();
  /// The next message, by the shortest way. An empty message is returned as such: size 0, no end.
  Result<Received> receive(std::span<std::byte> buffer);

 private:
  std::size_t buffered() const { return end_ - begin_; }
  Result<Received> receive_direct(std::span<std::byte> buffer);

  ByteStream stream_;
  StreamPoints points_;
  std::size_t max_message_;
  std::size_t header_;
  std::unique_ptr<std::byte[]> storage_;  // one longest message with its header
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// The sending end of any stream. Destruction ends the stream; what was sent still arrives.
class StreamSender final : public Sender {
 public:
  StreamSender(ByteStream stream, std::size_t max_message, const StreamPoints& points);
  ~StreamSender() override;

  Result<void> send(std::span<const std::byte> message, unsigned priority) override;
  Result<bool> wait(std::uint64_t deadline_ns) override;
  /// Writes an empty message, which says "I am here" to a reader that counts its writers; waits if it must.
  Result<void> announce();

 private:
  Result<void> send_small(std::span<const std::byte> message, bool wait_for_room);
  Result<void> write_all(std::span<iovec> parts, bool wait_for_room);

  ByteStream stream_;
  std::size_t max_message_;
  std::size_t header_;
  StreamPoints points_;
};

/// The receiving end of a pipe or FIFO.
///
/// `writer_to_close`, if any, keeps the stream from ending until `unannounced` writers have announced
/// themselves: a FIFO's early writers may have gone before the late ones come.
class PipeReceiver final : public Receiver {
 public:
  PipeReceiver(FrameReader reader, FileDescriptor writer_to_close = {}, unsigned unannounced = 0);

  Result<Received> receive(std::span<std::byte> buffer) override;
  Result<bool> wait(std::uint64_t deadline_ns) override;

 private:
  FrameReader reader_;
  FileDescriptor writer_to_close_;
  unsigned unannounced_;
};

/// Gives a pipe the smallest buffer that the kernel grants if a capacity is asked for; otherwise one that
/// takes the longest message whole, as far as the kernel grants it.
void size_pipe(int descriptor, const ChannelOptions& options);

}  // namespace squall::ipc
