// What is special about single descriptor transports; what they share is in semantics_test.cc.
#include "ipc/points.h"
#include "tests/catch.h"
#include "tests/ipc/fixture.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

using namespace squall;
using namespace squall::ipc;
using namespace squall::ipc::test;

namespace {

/// Passes `count` duplicates of `descriptor` beside one byte.
void pass(int socket, int descriptor, std::size_t count) {
  char byte = 'x';
  iovec part{&byte, 1};
  std::vector<int> descriptors(count, descriptor);
  std::vector<char> control(CMSG_SPACE(count * sizeof(int)));
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* const rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(rights), descriptors.data(), count * sizeof(int));
  REQUIRE(::sendmsg(socket, &header, 0) == 1);
}

}  // namespace

TEST_CASE("memfd: descriptors that nobody expects are refused and do not leak") {
  for (std::size_t count : {1, 2, 3, 100}) {
    World world;
    auto channel = find_transport("memfd")->create(world.options());
    REQUIRE(channel);
    auto receiver = (*channel)->receiver();
    REQUIRE(receiver);
    const std::size_t before = open_descriptors();
    pass((*channel)->descriptors(Side::sender).front(), STDERR_FILENO, count);
    std::vector<std::byte> buffer(64);
    const auto received = (*receiver)->receive(buffer);
    REQUIRE_FALSE(received);
    CHECK(received.error().number == EBADMSG);
    CHECK(open_descriptors() == before);
  }
}

TEST_CASE("fifo: a sender that comes before any receiver is refused instead of waiting") {
  World world;
  auto channel = find_transport("fifo")->create(world.options());
  REQUIRE(channel);
  const auto sender = (*channel)->sender();
  REQUIRE_FALSE(sender);
  CHECK(sender.error().number == ENXIO);
}

TEST_CASE("streams: the end waits for a writer that comes when another has already gone") {
  for (const char* name : {"fifo", "unix-stream", "tcp"}) {
    DYNAMIC_SECTION(name) {
      World world;
      ChannelOptions options = world.options();
      options.writers = 2;
      options.blocking = false;
      auto channel = find_transport(name)->create(options);
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      std::vector<std::byte> buffer(64);
      for (int writer = 0; writer < 2; ++writer) {
        const auto none = (*receiver)->receive(buffer);
        REQUIRE_FALSE(none);
        CHECK(none.error().number == EAGAIN);
        auto sender = (*channel)->sender();
        REQUIRE(sender);
        REQUIRE((*sender)->send(message(1, 1, 8)));
        sender->reset();
        REQUIRE((*receiver)->wait(in_ms(20'000)).value_or(false));
        REQUIRE((*receiver)->receive(buffer));
      }
      REQUIRE((*receiver)->wait(in_ms(20'000)).value_or(false));
      const auto end = (*receiver)->receive(buffer);
      REQUIRE(end);
      CHECK(end->end);
    }
  }
}

TEST_CASE("unix-dgram: a datagram longer than the buffer is lost and the next one arrives") {
  World world;
  auto channel = find_transport("unix-dgram")->create(world.options());
  REQUIRE(channel);
  auto receiver = (*channel)->receiver();
  auto sender = (*channel)->sender();
  REQUIRE((receiver && sender));
  REQUIRE((*sender)->send(message(1, 1, 64)));
  REQUIRE((*sender)->send(message(1, 2, 8)));
  std::vector<std::byte> buffer(16);
  CHECK((*receiver)->receive(buffer).error().number == EMSGSIZE);
  const auto received = (*receiver)->receive(buffer);
  REQUIRE(received);
  CHECK(label(buffer).number == 2);
}

TEST_CASE("eventfd: as many tokens come out as went in") {
  World world;
  ChannelOptions options = world.options();
  options.blocking = false;
  auto channel = find_transport("eventfd")->create(options);
  REQUIRE(channel);
  auto receiver = (*channel)->receiver();
  auto sender = (*channel)->sender();
  REQUIRE((receiver && sender));
  for (int i = 0; i < 5; ++i) REQUIRE((*sender)->send(message(1, 1, 8)));
  std::array<std::byte, 8> token;
  for (int i = 0; i < 5; ++i) CHECK((*receiver)->receive(token));
  CHECK((*receiver)->receive(token).error().number == EAGAIN);
}

TEST_CASE("every fault point has a name of its own under ipc/ and says what it is") {
  std::set<std::string_view> names;
  for (const PointName& each : point_names()) {
    CHECK(names.insert(each.name).second);
    CHECK(each.name.starts_with("ipc/"));
    CHECK_FALSE(each.about.empty());
  }
}
