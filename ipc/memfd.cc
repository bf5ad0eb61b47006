// Sealed memory files, passed as descriptors over a seqpacket pair. Sources: memfd_create(2), fcntl(2)
// F_ADD_SEALS, unix(7) SCM_RIGHTS, cmsg(3).
//
// A sender writes the message into a new memfd, seals it against every change and passes it on; the receiver
// reads it and closes it. A descriptor in flight counts against RLIMIT_NOFILE of the user (ETOOMANYREFS).
#include "ipc/inherited.h"
#include "ipc/points.h"
#include "ipc/registry.h"
#include "ipc/socket.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace squall::ipc {
namespace {

constexpr std::size_t memfd_max_message = 1 << 20;
constexpr int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
/// SCM_MAX_FD of the kernel: with room for all of them nothing can arrive unseen in the padding and leak.
constexpr std::size_t most_descriptors = 253;
constexpr std::byte mark{'m'};

Result<FileDescriptor> sealed_file(std::span<const std::byte> message) {
  FileDescriptor file(::memfd_create("squall", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return failed("memfd_create");
  for (std::size_t done = 0; done < message.size();) {
    const ssize_t written =
        uninterrupted([&] { return ::write(file.get(), &message[done], message.size() - done); });
    if (written < 0) return failed("write");
    done += static_cast<std::size_t>(written);
  }
  SQUALL_POINT("ipc/memfd/seal");
  if (::fcntl(file.get(), F_ADD_SEALS, all_seals) < 0) return failed("fcntl(F_ADD_SEALS)");
  return file;
}

Result<Received> read_file(int file, std::span<std::byte> buffer) {
  const int seals = ::fcntl(file, F_GET_SEALS);
  if (seals < 0 || (seals & all_seals) != all_seals) return failure(EBADMSG, "fcntl(F_GET_SEALS)");
  struct stat status {};
  if (::fstat(file, &status) < 0) return failed("fstat");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > buffer.size()) return failure(EMSGSIZE, "recvmsg");
  for (std::size_t done = 0; done < size;) {
    const ssize_t got =
        uninterrupted([&] { return ::pread(file, &buffer[done], size - done, static_cast<off_t>(done)); });
    if (got < 0) return failed("pread");
    if (got == 0) return failure(EBADMSG, "pread");
    done += static_cast<std::size_t>(got);
  }
  return Received{.size = size};
}

/// One byte and room for `Count` descriptors beside it.
template <std::size_t Count>
struct Parcel {
  std::byte byte = mark;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(Count * sizeof(int))];
  msghdr header{};

  Parcel() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
  }
  Parcel(const Parcel&) = delete;
  Parcel& operator=(const Parcel&) = delete;
};

void pack(Parcel<1>& parcel, int file) {
  std::memset(parcel.control, 0, sizeof parcel.control);
  cmsghdr* const rights = CMSG_FIRSTHDR(&parcel.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof file);
  std::memcpy(CMSG_DATA(rights), &file, sizeof file);
}

/// Owns whatever came, so that a stranger's parcel cannot leak into this process.
std::vector<FileDescriptor> unpack(msghdr& header) {
  std::vector<FileDescriptor> files;
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int file = -1;
      std::memcpy(&file, CMSG_DATA(each) + i * sizeof file, sizeof file);
      files.emplace_back(file);
    }
  }
  return files;
}

class MemfdSender final : public Sender {
 public:
  MemfdSender(FileDescriptor socket, const ChannelOptions& options)
      : socket_(std::move(socket)),
        max_message_(options.max_message),
        flags_(MSG_NOSIGNAL | (options.blocking ? 0 : MSG_DONTWAIT)) {}

  Result<void> send(std::span<const std::byte> message, unsigned) override {
    if (auto fits = check_size(message.size(), max_message_); !fits) return fits;
    const auto file = sealed_file(message);
    if (!file) return tl::unexpected(file.error());
    Parcel<1> parcel;
    pack(parcel, file->get());
    SQUALL_POINT("ipc/memfd/send");
    if (uninterrupted([&] { return ::sendmsg(socket_.get(), &parcel.header, flags_); }) < 0)
      return failed("sendmsg");
    return {};
  }
  Result<bool> wait(std::uint64_t deadline_ns) override { return wait_writable(socket_.get(), deadline_ns); }

 private:
  FileDescriptor socket_;
  std::size_t max_message_;
  int flags_;
};

class MemfdReceiver final : public Receiver {
 public:
  MemfdReceiver(FileDescriptor socket, const ChannelOptions& options)
      : socket_(std::move(socket)), flags_(MSG_CMSG_CLOEXEC | (options.blocking ? 0 : MSG_DONTWAIT)) {}

  Result<Received> receive(std::span<std::byte> buffer) override {
    SQUALL_POINT("ipc/memfd/receive");
    Parcel<most_descriptors> parcel;
    const ssize_t got = uninterrupted([&] { return ::recvmsg(socket_.get(), &parcel.header, flags_); });
    if (got < 0) return failed("recvmsg");
    const auto files = unpack(parcel.header);
    if (got == 0) return Received{.end = true};
    // With no descriptor left in this process the kernel delivers the byte alone.
    if (files.empty() && (parcel.header.msg_flags & MSG_CTRUNC) != 0) return failure(EMFILE, "recvmsg");
    if (files.size() != 1) return failure(EBADMSG, "recvmsg");
    SQUALL_POINT("ipc/memfd/read");
    return read_file(files.front().get(), buffer);
  }
  Result<bool> wait(std::uint64_t deadline_ns) override { return wait_readable(socket_.get(), deadline_ns); }

 private:
  FileDescriptor socket_;
  int flags_;
};

class MemfdTransport final : public InheritedTransport {
 public:
  std::string_view name() const override { return "memfd"; }
  std::string_view about() const override { return "sealed memory files, passed as descriptors"; }
  Capabilities capabilities() const override {
    return {Capability::payload,      Capability::boundaries, Capability::many_writers,
            Capability::many_readers, Capability::fifo,       Capability::end_of_stream,
            Capability::peer_gone,    Capability::descriptors};
  }
  Limits limits() const override { return {.max_message = memfd_max_message}; }

  std::unique_ptr<Sender> sender_on(FileDescriptor socket, const ChannelOptions& options) const override {
    return std::make_unique<MemfdSender>(std::move(socket), options);
  }
  std::unique_ptr<Receiver> receiver_on(FileDescriptor socket, const ChannelOptions& options) const override {
    return std::make_unique<MemfdReceiver>(std::move(socket), options);
  }

 protected:
  Result<Ends> make_ends(const ChannelOptions& options) const override {
    auto pair = socket_pair(SOCK_SEQPACKET);
    if (!pair) return tl::unexpected(pair.error());
    if (options.capacity != 0) shrink_send_buffer(pair->second.get(), 1);
    return Ends{.receivers = std::move(pair->first), .senders = std::move(pair->second)};
  }
};

}  // namespace

const Transport& memfd_transport() {
  static const MemfdTransport transport;
  return transport;
}

}  // namespace squall::ipc
