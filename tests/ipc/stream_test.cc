#include "ipc/stream.h"

#include "ipc/socket.h"
#include "tests/catch.h"
#include "tests/ipc/fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <climits>

using namespace squall;
using namespace squall::ipc;
using namespace squall::ipc::test;

namespace {

constexpr StreamPoints no_points = {.send = "", .tail = "", .receive = ""};

struct Pipe {
  FileDescriptor reading;
  FileDescriptor writing;
  explicit Pipe(int flags = O_CLOEXEC) {
    int ends[2];
    REQUIRE(::pipe2(ends, flags) == 0);
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
};

FrameReader reader_of(Pipe& pipe, bool blocking, std::size_t max_message) {
  return {ByteStream(std::move(pipe.reading), ByteStream::Kind::file, blocking), max_message, no_points};
}

std::vector<std::byte> frame_of(std::size_t size, std::size_t max_message) {
  std::vector<std::byte> frame(header_size(max_message));
  for (std::size_t i = 0; i < short_header; ++i) frame[i] = static_cast<std::byte>(size >> (8 * i));
  const auto body = message(1, 1, size);
  frame.insert(frame.end(), body.begin(), body.end());
  return frame;
}

void put(const Pipe& pipe, std::span<const std::byte> bytes) {
  REQUIRE(::write(pipe.writing.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

}  // namespace

TEST_CASE("a message that trickles in byte by byte is whole only with its last byte") {
  Pipe pipe(O_CLOEXEC | O_NONBLOCK);
  FrameReader reader = reader_of(pipe, false, 64);
  std::vector<std::byte> buffer(64);
  const auto frame = frame_of(20, 64);
  for (std::size_t i = 0; i < frame.size(); ++i) {
    const auto early = reader.receive(buffer);
    REQUIRE_FALSE(early);
    CHECK(early.error().number == EAGAIN);
    put(pipe, std::span(frame).subspan(i, 1));
  }
  const auto received = reader.receive(buffer);
  REQUIRE(received);
  CHECK(received->size == 20);
  buffer.resize(20);
  CHECK((buffer == message(1, 1, 20)));
}

TEST_CASE("messages that arrive together are taken apart, at every size of the reader's buffer") {
  for (std::size_t max_message : {64, 100, 1000, 4092, 4093, 20000}) {
    INFO(max_message);
    Pipe pipe;
    FrameReader reader = reader_of(pipe, true, max_message);
    const std::array<std::size_t, 9> sizes = {8, 64, 1, 33, 64, 64, 9, 50, 8};
    for (std::size_t size : sizes) put(pipe, frame_of(size, max_message));
    pipe.writing.reset();
    std::vector<std::byte> buffer(max_message);
    for (std::size_t size : sizes) {
      const auto received = reader.receive(buffer);
      REQUIRE(received);
      REQUIRE(received->size == size);
      const auto expected = message(1, 1, size);
      CHECK(std::equal(expected.begin(), expected.end(), buffer.begin()));
    }
    const auto received = reader.receive(buffer);
    REQUIRE(received);
    CHECK(received->end);
  }
}

TEST_CASE("a message too long for the caller's buffer stays for a longer one") {
  Pipe pipe;
  FrameReader reader = reader_of(pipe, true, 64);
  put(pipe, frame_of(40, 64));
  std::vector<std::byte> buffer(16);
  const auto refused = reader.receive(buffer);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().number == EMSGSIZE);
  buffer.resize(64);
  const auto received = reader.receive(buffer);
  REQUIRE(received);
  CHECK(received->size == 40);
}

TEST_CASE("a message cut short by its writer's death is dropped") {
  for (std::size_t max_message : {64, 20000}) {
    for (std::size_t arrived : {1, 4, 30, 43}) {
      Pipe pipe;
      FrameReader reader = reader_of(pipe, true, max_message);
      put(pipe, frame_of(8, max_message));
      put(pipe, std::span<const std::byte>(frame_of(40, max_message)).first(arrived));
      pipe.writing.reset();
      std::vector<std::byte> buffer(max_message);
      const auto received = reader.receive(buffer);
      REQUIRE(received);
      CHECK(received->size == 8);
      const auto end = reader.receive(buffer);
      REQUIRE(end);
      CHECK(end->end);
    }
  }
}

TEST_CASE("a length that no message of the channel has is reported, not obeyed") {
  for (std::size_t max_message : {64, 20000}) {
    Pipe pipe;
    FrameReader reader = reader_of(pipe, true, max_message);
    put(pipe, std::vector<std::byte>(header_size(max_message), std::byte{0xff}));
    std::vector<std::byte> buffer(max_message);
    const auto received = reader.receive(buffer);
    REQUIRE_FALSE(received);
    CHECK(received.error().number == EBADMSG);
  }
}

TEST_CASE("a send up to the atomic bound is one write and fits into no partly full pipe in halves") {
  Pipe pipe(O_CLOEXEC | O_NONBLOCK);
  REQUIRE(::fcntl(pipe.writing.get(), F_SETPIPE_SZ, 1) > 0);
  put(pipe, std::vector<std::byte>(100));
  const auto copy = duplicate(pipe.writing.get());
  REQUIRE(copy);
  StreamSender sender(ByteStream(FileDescriptor(::dup(copy->get())), ByteStream::Kind::file, false),
                      ipc::atomic_message, no_points);
  const auto sent = sender.send(message(1, 1, ipc::atomic_message), 0);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().number == EAGAIN);
  std::vector<std::byte> rest(PIPE_BUF);
  CHECK(::read(pipe.reading.get(), rest.data(), rest.size()) == 100);
  CHECK(sender.send(message(1, 1, ipc::atomic_message), 0));
}

TEST_CASE("a wait ends at its deadline and not before") {
  Pipe pipe;
  const std::uint64_t deadline = in_ms(20);
  const auto waited = wait_readable(pipe.reading.get(), deadline);
  REQUIRE(waited);
  CHECK_FALSE(*waited);
  CHECK(now_ns() >= deadline);
}

TEST_CASE("an attachment's descriptor is taken over and closed with what took it") {
  Pipe pipe;
  const int number = ::fcntl(pipe.reading.get(), F_DUPFD, 50);
  Attachment attachment;
  attachment.descriptors = {number};
  {
    const auto taken = take_descriptor(attachment);
    REQUIRE(taken);
    CHECK(taken->get() == number);
    CHECK((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(::fcntl(number, F_GETFD) < 0);
  CHECK(take_descriptor(attachment).error().number == EBADF);
}
