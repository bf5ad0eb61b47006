// Workloads that pass descriptors over a UNIX socket of their own (SCM_RIGHTS): one, several, and more than
// the receiver has room for. Sources: unix(7), cmsg(3).
#include "harness/worker/workloads/sockets.h"
#include "harness/worker/workloads/workloads.h"
#include "ipc/io.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace squall::worker {
namespace {

using history::Call;
using history::Operation;
using history::Status;
using history::Tag;
using Descriptors = std::vector<FileDescriptor>;

constexpr std::size_t several = 5, too_many = 3;

int type_of(const Worker& worker, unsigned channel) {
  const std::string& transport = worker.plan().channels[channel].transport;
  return transport == "unix-dgram"       ? SOCK_DGRAM
         : transport == "unix-seqpacket" ? SOCK_SEQPACKET
                                         : SOCK_STREAM;
}

FileDescriptor await_peer(const Worker& worker, const OwnAddress& address, int type) {
  const auto name = worker.expect(ipc::unix_address(address.path()));
  FileDescriptor socket = worker.expect(ipc::bound_socket(type, name));
  if (type != SOCK_DGRAM && listen(socket.get(), 1) != 0) worker.fail(failed("listen").value().message());
  return socket;
}

/// The ancillary part of a message with room for `count` descriptors.
struct Ancillary {
  explicit Ancillary(std::size_t count) : bytes(CMSG_SPACE(count * sizeof(int))) {}
  std::vector<char> bytes;
};

/// One message of a tag, and descriptors beside it. `room`: for so many.
struct Parcel {
  explicit Parcel(std::size_t room) : ancillary(room) {
    part = {&tag, sizeof tag};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = ancillary.bytes.data();
    header.msg_controllen = ancillary.bytes.size();
  }
  Parcel(const Parcel&) = delete;
  Parcel& operator=(const Parcel&) = delete;

  std::uint64_t tag = 0;
  iovec part{};
  msghdr header{};
  Ancillary ancillary;
};

void pass(Worker& worker, unsigned channel, int socket, const std::vector<int>& descriptors) {
  Parcel parcel(descriptors.size());
  Tag tag = worker.next_tag(channel);
  tag.size = sizeof parcel.tag;
  parcel.tag = tag.pack();
  cmsghdr* rights = CMSG_FIRSTHDR(&parcel.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
  std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size() * sizeof(int));
  Operation& send = worker.begin(Call::send, channel, parcel.tag, tag.size);
  const bool sent =
      ipc::uninterrupted([&] { return sendmsg(socket, &parcel.header, MSG_NOSIGNAL); }) == sizeof parcel.tag;
  worker.finish(send, sent ? Status::ok : Status::fail, sent ? 0 : errno);
  if (!sent) worker.fail(failed("sendmsg").value().message());
}

Descriptors unpack(msghdr& header) {
  Descriptors received;
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS) return received;
  for (std::size_t at = CMSG_LEN(0); at + sizeof(int) <= rights->cmsg_len; at += sizeof(int)) {
    int descriptor = -1;
    std::memcpy(&descriptor, reinterpret_cast<char*>(rights) + at, sizeof descriptor);
    received.emplace_back(descriptor);
  }
  return received;
}

struct Unpacked {
  Descriptors descriptors;
  bool truncated;
};

Unpacked take(Worker& worker, unsigned channel, int socket, std::size_t room) {
  Parcel parcel(room);
  Operation& receive = worker.begin(Call::receive, channel, 0);
  const ssize_t got = ipc::uninterrupted([&] { return recvmsg(socket, &parcel.header, MSG_CMSG_CLOEXEC); });
  if (got != sizeof parcel.tag) worker.fail(fmt::format("{} bytes came with the descriptors", got));
  receive.value = parcel.tag;
  receive.size = static_cast<std::uint32_t>(got);
  worker.finish(receive, Status::ok);
  return {unpack(parcel.header), (parcel.header.msg_flags & MSG_CTRUNC) != 0};
}

struct Pipe {
  FileDescriptor read, write;
};

Pipe make_pipe(const Worker& worker) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) worker.fail(failed("pipe2").value().message());
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// Reads until nobody holds the writing end any more.
std::string read_to_end(const Worker& worker, const FileDescriptor& pipe) {
  std::string text;
  char buffer[64];
  ssize_t got = 0;
  while ((got = ipc::uninterrupted([&] { return read(pipe.get(), buffer, sizeof buffer); })) > 0)
    text.append(buffer, static_cast<std::size_t>(got));
  if (got < 0) worker.fail(failed("read").value().message());
  return text;
}

/// Passes the writing ends of so many pipes, keeps none, and returns what came out of each of them in the
/// end.
std::vector<std::string> pass_pipes(Worker& worker, unsigned channel, int socket, std::size_t count) {
  std::vector<Pipe> pipes;
  std::vector<int> ends;
  for (std::size_t i = 0; i < count; ++i) {
    pipes.push_back(make_pipe(worker));
    ends.push_back(pipes.back().write.get());
  }
  pass(worker, channel, socket, ends);
  std::vector<std::string> texts;
  for (Pipe& pipe : pipes) pipe.write.reset();
  for (Pipe& pipe : pipes) texts.push_back(read_to_end(worker, pipe.read));
  return texts;
}

void write_numbers(const Worker& worker, const Descriptors& descriptors) {
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    const std::string number = std::to_string(i);
    if (write(descriptors[i].get(), number.data(), number.size()) < 0)
      worker.fail(fmt::format("descriptor {} was received and does not work: {}", i,
                              failed("write").value().message()));
  }
}

}  // namespace

int run_hand_over(Worker& worker) {
  const unsigned channel = worker.only_sent();
  const OwnAddress address(worker, channel);
  worker.meet(0, 2);
  const auto name = worker.expect(ipc::unix_address(address.path()));
  const FileDescriptor socket = worker.expect(ipc::connected_socket(type_of(worker, channel), name));
  if (pass_pipes(worker, channel, socket.get(), 1)[0] != "0")
    worker.fail("nothing came out of the passed pipe");
  const std::vector<std::string> texts = pass_pipes(worker, channel, socket.get(), several);
  for (std::size_t i = 0; i < several; ++i)
    if (texts[i] != std::to_string(i))
      worker.fail(fmt::format("'{}' came out of passed pipe {}", texts[i], i));
  // What the receiver had no room for is closed, or these would never end.
  pass_pipes(worker, channel, socket.get(), too_many);
  return 0;
}

int run_take_over(Worker& worker) {
  const unsigned channel = worker.only_received();
  const OwnAddress address(worker, channel);
  const int type = type_of(worker, channel);
  FileDescriptor socket = await_peer(worker, address, type);
  worker.meet(0, 2);
  if (type != SOCK_DGRAM) socket = address.accept(socket);
  for (std::size_t count : {std::size_t{1}, several}) {
    const Unpacked parcel = take(worker, channel, socket.get(), count);
    if (parcel.descriptors.size() != count || parcel.truncated)
      worker.fail(fmt::format("{} of {} descriptors arrived", parcel.descriptors.size(), count));
    write_numbers(worker, parcel.descriptors);
  }
  const Unpacked cut = take(worker, channel, socket.get(), 1);
  if (!cut.truncated) worker.fail("three descriptors came into room for one, and MSG_CTRUNC is not set");
  if (cut.descriptors.empty() || cut.descriptors.size() == too_many)
    worker.fail(fmt::format("{} descriptors arrived in room for one", cut.descriptors.size()));
  write_numbers(worker, cut.descriptors);
  address.forget();
  return 0;
}

}  // namespace squall::worker
