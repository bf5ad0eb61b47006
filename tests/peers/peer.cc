#include "tests/peers/peer.h"

#include "harness/worker/message.h"

#include <fmt/format.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

namespace squall::peers {
namespace {

/// Ends that the worker need not open.
worker::Ends raw_ends() {
  return {[](unsigned) { return std::unique_ptr<ipc::Sender>(); },
          [](unsigned) { return std::unique_ptr<ipc::Receiver>(); },
          [](unsigned) { return std::unique_ptr<ipc::Memory>(); },
          {}};
}

}  // namespace

Peer::Peer(int count, char** words, bool memory)
    : worker(worker::Worker::from_environment()), placement_(worker::Placement::from_environment()) {
  for (int i = 0; i < count; ++i)
    if (std::string_view(words[i]) == "--fixed")
      fixed_ = true;
    else
      words_.emplace_back(words[i]);
  worker.attach(memory ? worker::inherited_ends(placement_, worker.plan()) : raw_ends(), memory);
}

int Peer::descriptor(unsigned channel, ipc::Side side) const {
  for (const worker::Inherited& end : placement_.ends)
    if (end.channel == channel && end.side == side && !end.descriptors.empty())
      return end.descriptors.front();
  worker.broken(fmt::format("no descriptor of channel {} was inherited", channel));
}

Tag Peer::make(std::uint32_t sequence, std::uint32_t size) const {
  return {static_cast<std::uint8_t>(worker.self().number), sequence, size};
}

std::vector<std::byte> Peer::message(Tag tag) {
  std::vector<std::byte> bytes(tag.size);
  worker::write_message(tag, bytes);
  return bytes;
}

void Peer::received(Operation& operation, std::span<const std::byte> bytes, unsigned priority) {
  const worker::MessageCheck check = worker::read_message(bytes);
  operation.value = check.tag.pack();
  operation.detail = check.detail;
  operation.flags = check.flags;
  operation.size = static_cast<std::uint32_t>(bytes.size());
  operation.priority = static_cast<std::uint16_t>(priority);
  worker.finish(operation, Status::ok);
}

void Peer::ended(Call call, unsigned channel) { worker.finish(worker.begin(call, channel, 0), Status::end); }

void Peer::receive_all(int descriptor, std::uint32_t size, unsigned channel) {
  std::vector<std::byte> bytes(size);
  for (;;) {
    Operation& receiving = worker.begin(Call::receive, channel, 0);
    const ssize_t count = must("read", read_all(descriptor, bytes));
    if (count == 0) return worker.finish(receiving, Status::end);
    received(receiving, {bytes.data(), static_cast<std::size_t>(count)});
  }
}

int Peer::done() {
  worker.close();
  return 0;
}

void Peer::give_up(const char* call) const { worker.fail(fmt::format("{}: {}", call, std::strerror(errno))); }

int wait_for(int descriptor, short events, int patience_ms) {
  using Clock = std::chrono::steady_clock;
  using std::chrono::milliseconds;
  const Clock::time_point deadline = Clock::now() + milliseconds(patience_ms);
  pollfd event{descriptor, events, 0};
  return retried([&] {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    return poll(&event, 1, patience_ms < 0 ? -1 : static_cast<int>(std::max(left.count(), 0L)));
  });
}

int connect_fully(int socket, const sockaddr* address, socklen_t length) {
  int result = connect(socket, address, length);
  while (result < 0 && (errno == EINTR || errno == EALREADY)) {
    if (errno == EALREADY) wait_for(socket, POLLOUT);
    result = connect(socket, address, length);
  }
  return result < 0 && errno == EISCONN ? 0 : result;
}

ssize_t write_all(int descriptor, std::span<const std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = write(descriptor, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno != EINTR) return -1;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(done);
}

ssize_t read_all(int descriptor, std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = read(descriptor, bytes.data() + done, bytes.size() - done);
    if (count == 0) break;
    if (count < 0 && errno != EINTR) return -1;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(done);
}

}  // namespace squall::peers
