// POSIX and System V message queues: what only they do.
#include "ipc/sysv_mq.h"
#include "tests/catch.h"
#include "tests/ipc/fixture.h"

#include <sys/ipc.h>
#include <sys/msg.h>

#include <csignal>
#include <fstream>

using namespace squall;
using namespace squall::ipc;
using namespace squall::ipc::test;

namespace {

ChannelOptions non_blocking(const World& world) {
  ChannelOptions options = world.options();
  options.blocking = false;
  return options;
}

constexpr std::size_t size = 16;

/// Number and priority of the next message; {0, 0}: none.
std::pair<std::uint32_t, unsigned> next(Receiver& receiver) {
  std::vector<std::byte> buffer(64);
  const auto received = receiver.receive(buffer);
  if (!received) return {0, 0};
  return {label(buffer).number, received->priority};
}

Attachment attachment(const ChannelOptions& options, std::string address = {}) {
  return {.options = options, .address = std::move(address), .descriptors = {}};
}

}  // namespace

TEST_CASE("the highest priority arrives first, and equal ones in the order they were sent") {
  for (const Transport* transport : transports_with({Capability::priority})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      auto channel = transport->create(non_blocking(world));
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      std::uint32_t number = 0;
      for (unsigned priority : {0, 7, 3, 7, 0, 3})
        REQUIRE((*sender)->send(message(0, ++number, 8), priority));
      for (const auto& [expected, priority] : std::vector<std::pair<std::uint32_t, unsigned>>{
               {2, 7}, {4, 7}, {3, 3}, {6, 3}, {1, 0}, {5, 0}, {0, 0}}) {
        const auto found = next(**receiver);
        CHECK(found.first == expected);
        CHECK(found.second == priority);
      }
    }
  }
}

TEST_CASE("posix-mq refuses a short buffer whatever waits, and keeps what waits") {
  World world;
  auto channel = find_transport("posix-mq")->create(non_blocking(world));
  REQUIRE(channel);
  auto receiver = (*channel)->receiver();
  auto sender = (*channel)->sender();
  REQUIRE((*sender)->send(message(0, 1, 8)));
  std::vector<std::byte> short_buffer(63);
  CHECK((*receiver)->receive(short_buffer).error().number == EMSGSIZE);
  CHECK(next(**receiver).first == 1);
}

TEST_CASE("a posix-mq deeper than this user may make it says which limit is in the way") {
  World world;
  ChannelOptions options = world.options();
  std::ifstream("/proc/sys/fs/mqueue/msg_max") >> options.capacity;
  auto most = find_transport("posix-mq")->create(options);
  REQUIRE(most);
  CHECK((*most)->capacity() == options.capacity);
  most->reset();
  ++options.capacity;
  const auto channel = find_transport("posix-mq")->create(options);
  if (channel) return;  // CAP_SYS_RESOURCE
  CHECK(channel.error().number == EINVAL);
  CHECK(std::string(channel.error().call).find("msg_max") != std::string::npos);
}

TEST_CASE("sysv-mq delivers every priority in the order of sending, and can be asked for types") {
  World world;
  const ChannelOptions options = non_blocking(world);
  auto channel = find_transport("sysv-mq")->create(options);
  REQUIRE(channel);
  auto sender = (*channel)->sender();
  std::uint32_t number = 0;
  for (unsigned priority : {4, 2, 6, 2, 4}) REQUIRE((*sender)->send(message(0, ++number, size), priority));

  auto third_type = SysvReceiver::open(attachment(options, "anything;type=3"));
  REQUIRE(third_type);
  CHECK(next(**third_type).first == 2);
  (*third_type)->set_type(-5);
  CHECK(next(**third_type).first == 4);
  CHECK(next(**third_type).first == 1);
  (*third_type)->set_type(100);
  CHECK(next(**third_type).first == 0);
  CHECK_FALSE(SysvReceiver::open(attachment(options, ";type=x")));

  auto oldest = (*channel)->receiver();
  CHECK(next(**oldest) == std::pair(3U, 6U));
  CHECK(next(**oldest) == std::pair(5U, 4U));
}

TEST_CASE("a sysv-mq message longer than the buffer stays at the head") {
  World world;
  auto channel = find_transport("sysv-mq")->create(non_blocking(world));
  REQUIRE(channel);
  auto receiver = (*channel)->receiver();
  auto sender = (*channel)->sender();
  REQUIRE((*sender)->send(message(0, 1, 64)));
  REQUIRE((*sender)->send(message(0, 2, 8)));
  for (int attempt = 0; attempt < 3; ++attempt) {
    std::vector<std::byte> buffer(63);
    CHECK((*receiver)->receive(buffer).error().number == EMSGSIZE);
  }
  CHECK(next(**receiver).first == 1);
  CHECK(next(**receiver).first == 2);
}

TEST_CASE("a removed sysv-mq is EIDRM to who waits in it and to who comes later") {
  World world;
  const ChannelOptions options = world.options();
  const Transport& transport = *find_transport("sysv-mq");
  auto channel = transport.create(options);
  REQUIRE(channel);
  auto sender = (*channel)->sender();
  const Counters counters(1);
  Child child([&] {
    auto receiver = (*channel)->receiver();
    (*channel)->release();
    counters.raise(0);
    std::vector<std::byte> buffer(64);
    const auto received = (*receiver)->receive(buffer);
    return received ? 0 : received.error().number;
  });
  REQUIRE(counters.reached(0, 1));
  transport.sweep(options);  // it may be asleep by now or not: the answer is the same
  CHECK(child.wait() == EIDRM);
  CHECK((*sender)->send(message(0, 1, size)).error().number == EIDRM);
  CHECK((*sender)->wait(in_ms(1000)).error().number == EIDRM);
}

TEST_CASE("a queue left by a killed process keeps its messages until it is swept") {
  for (const char* name : {"sysv-mq", "posix-mq"}) {
    DYNAMIC_SECTION(name) {
      World world;
      const Transport& transport = *find_transport(name);
      Child child([&] {
        auto channel = transport.create(world.options());
        auto sender = (*channel)->sender();
        return (*sender)->send(message(0, 5, size)) ? ::raise(SIGKILL) : 1;
      });
      REQUIRE(child.wait() == 1000 + SIGKILL);
      CHECK(transport.create(world.options()).error().number == EEXIST);
      auto receiver = transport.open_receiver(attachment(world.options()));
      REQUIRE(receiver);
      CHECK(next(**receiver).first == 5);
      transport.sweep(world.options());
      CHECK(transport.create(world.options()));
    }
  }
}
