// Workloads on connections of their own, over TCP or UNIX sockets as the case says: how connections end.
#include "harness/worker/workloads/sockets.h"

#include "harness/worker/message.h"
#include "harness/worker/workloads/workloads.h"
#include "ipc/io.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <fstream>

namespace squall::worker {

OwnAddress::OwnAddress(const Worker& worker, unsigned channel)
    : worker_(worker),
      tcp_(worker.plan().channels[channel].transport == "tcp"),
      path_(fmt::format("{0}/{1}.own", worker.plan().channels[channel].options.directory,
                        worker.plan().channels[channel].options.name)) {}

FileDescriptor OwnAddress::listen() const {
  const auto address = tcp_ ? ipc::loopback_address(0) : worker_.expect(ipc::unix_address(path_));
  FileDescriptor socket = worker_.expect(ipc::listening_socket(address, 1));
  if (tcp_) std::ofstream(path_) << worker_.expect(ipc::port_of(socket.get()));
  return socket;
}

FileDescriptor OwnAddress::connect() const {
  if (!tcp_)
    return worker_.expect(ipc::connected_socket(SOCK_STREAM, worker_.expect(ipc::unix_address(path_))));
  in_port_t port = 0;
  std::ifstream(path_) >> port;
  return worker_.expect(ipc::connected_socket(SOCK_STREAM, ipc::loopback_address(port)));
}

FileDescriptor OwnAddress::accept(const FileDescriptor& listening) const {
  worker_.expect(ipc::wait_readable(listening.get(), ipc::no_deadline));
  FileDescriptor connection(
      ipc::uninterrupted([&] { return accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC); }));
  if (!connection) worker_.fail(failed("accept4").value().message());
  return connection;
}

void OwnAddress::forget() const { unlink(path_.c_str()); }

namespace {

using history::Call;
using history::Operation;
using history::Status;
using history::Tag;

constexpr std::uint64_t default_messages = 40;

bool send_all(int socket, const void* bytes, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const char* rest = static_cast<const char*>(bytes) + done;
    const ssize_t sent = ipc::uninterrupted([&] { return ::send(socket, rest, size - done, MSG_NOSIGNAL); });
    if (sent < 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

/// Less than `size`: the stream ended there.
ssize_t receive_all(int socket, void* bytes, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    char* rest = static_cast<char*>(bytes) + done;
    const ssize_t got = ipc::uninterrupted([&] { return recv(socket, rest, size - done, 0); });
    if (got < 0) return got;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

void put(Worker& worker, unsigned channel, int socket, Tag tag) {
  tag.size = sizeof(std::uint64_t);
  const std::uint64_t packed = tag.pack();
  Operation& send = worker.begin(Call::send, channel, packed, tag.size);
  const bool sent = send_all(socket, &packed, sizeof packed);
  worker.finish(send, sent ? Status::ok : Status::fail, sent ? 0 : errno);
  if (!sent) worker.fail(failed("send").value().message());
}

/// Nothing: the end.
std::optional<Tag> get(Worker& worker, unsigned channel, int socket) {
  std::uint64_t packed = 0;
  Operation& receive = worker.begin(Call::receive, channel, 0);
  const ssize_t got = receive_all(socket, &packed, sizeof packed);
  if (got < 0) worker.fail(failed("recv").value().message());
  if (got != 0 && got != sizeof packed)
    worker.fail(fmt::format("the stream ends after {} bytes of a message", got));
  receive.value = packed;
  receive.size = static_cast<std::uint32_t>(got);
  worker.finish(receive, got == 0 ? Status::end : Status::ok);
  return got == 0 ? std::nullopt : std::optional(Tag::unpack(packed));
}

void expect_error(const Worker& worker, ssize_t result, int expected, const char* what) {
  const int seen = result < 0 ? errno : 0;
  if (seen != expected)
    worker.fail(fmt::format("{}: {} was expected, {} was seen", what, Error{expected, ""}.message(),
                            Error{seen, ""}.message()));
}

}  // namespace

int run_half_close(Worker& worker) {
  const unsigned out = worker.only_sent(), in = worker.only_received();
  const OwnAddress address(worker, out);
  worker.meet(0, 2);
  const FileDescriptor socket = address.connect();
  const std::uint64_t messages = worker.messages(default_messages);
  for (std::uint64_t sent = 0; sent < messages; ++sent) put(worker, out, socket.get(), worker.next_tag(out));
  shutdown(socket.get(), SHUT_WR);
  expect_error(worker, send(socket.get(), "", 1, MSG_NOSIGNAL), EPIPE, "a send after shutting down writing");
  std::uint64_t replies = 0;
  while (get(worker, in, socket.get())) ++replies;
  if (replies != messages) worker.fail(fmt::format("{} replies to {} messages", replies, messages));
  return 0;
}

int run_answer_at_end(Worker& worker) {
  const unsigned in = worker.only_received(), out = worker.only_sent();
  const OwnAddress address(worker, in);
  const FileDescriptor listening = address.listen();
  worker.meet(0, 2);
  const FileDescriptor socket = address.accept(listening);
  std::vector<Tag> asked;
  while (auto tag = get(worker, in, socket.get())) asked.push_back(*tag);
  for (Tag tag : asked) put(worker, out, socket.get(), tag);
  address.forget();
  return 0;
}

/// First connection: the peer closes without having read, and this side is told so. Second one: it has read.
int run_meet_reset(Worker& worker) {
  const OwnAddress address(worker, worker.only_sent());
  char byte = 0;
  worker.meet(0, 2);
  {
    const FileDescriptor unread = address.connect();
    expect_error(worker, send(unread.get(), "unread", 6, MSG_NOSIGNAL), 0, "a send");
    worker.meet(1, 2);
    expect_error(worker, receive_all(unread.get(), &byte, 1), ECONNRESET,
                 "a receive from a peer that did not read");
    expect_error(worker, send(unread.get(), "", 1, MSG_NOSIGNAL), EPIPE,
                 "a send to a peer that did not read");
  }
  const FileDescriptor read = address.connect();
  put(worker, worker.only_sent(), read.get(), worker.next_tag(worker.only_sent()));
  const ssize_t end = receive_all(read.get(), &byte, 1);
  expect_error(worker, end, 0, "a receive from a peer that has read all");
  if (end != 0) worker.fail("it received what nobody had sent");
  return 0;
}

int run_close_unread(Worker& worker) {
  const unsigned in = worker.only_received();
  const OwnAddress address(worker, in);
  const FileDescriptor listening = address.listen();
  worker.meet(0, 2);
  {
    const FileDescriptor unread = address.accept(listening);
    worker.meet(1, 2);
    worker.expect(ipc::wait_readable(unread.get(), ipc::no_deadline));
  }
  const FileDescriptor read = address.accept(listening);
  if (!get(worker, in, read.get())) worker.fail("the connection ended before its message came");
  address.forget();
  return 0;
}

}  // namespace squall::worker
