// Messages in signals: three ways to receive them, and what goes wrong with signals only.
#include "ipc/signal_group.h"
#include "tests/catch.h"
#include "tests/ipc/fixture.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace squall;
using namespace squall::ipc;
using namespace squall::ipc::test;

namespace {

std::vector<const Transport*> signal_transports() {
  std::vector<const Transport*> chosen;
  for (const char* name : {"signal-queue", "signal-queue-fd", "signal-queue-handler"})
    chosen.push_back(find_transport(name));
  return chosen;
}

ChannelOptions non_blocking(const World& world) {
  ChannelOptions options = world.options();
  options.blocking = false;
  return options;
}

std::uint32_t next(Receiver& receiver) {
  std::vector<std::byte> buffer(8);
  const auto received = receiver.receive(buffer);
  return received && received->size == 8 ? label(buffer).number : 0;
}

sigset_t blocked() {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return mask;
}

bool same(const sigset_t& one, const sigset_t& other) {
  for (int signal = 1; signal <= SIGRTMAX; ++signal)
    if (::sigismember(&one, signal) != ::sigismember(&other, signal)) return false;
  return true;
}

}  // namespace

TEST_CASE("a signal carries up to eight bytes") {
  for (const Transport* transport : signal_transports()) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      auto channel = transport->create(non_blocking(world));
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      for (std::size_t size = 0; size <= 8; ++size) REQUIRE((*sender)->send(message(1, 2, size)));
      CHECK((*sender)->send(message(1, 2, 9)).error().number == EMSGSIZE);
      CHECK((*sender)->send(message(1, 2, 8), 8).error().number == EINVAL);
      for (std::size_t size = 0; size <= 8; ++size) {
        std::vector<std::byte> buffer(8);
        const auto received = (*receiver)->receive(buffer);
        REQUIRE(received);
        buffer.resize(received->size);
        CHECK((buffer == message(1, 2, size)));
      }
    }
  }
}

TEST_CASE("a plain sigqueue is a message of eight bytes and a plain kill is none") {
  for (const Transport* transport : signal_transports()) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      auto channel = transport->create(non_blocking(world));
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      const int signal = SIGRTMIN + 2 + 7;  // priority 0 of the first group
      const sigval value{.sival_ptr = reinterpret_cast<void*>(std::uintptr_t{42} << 32)};
      REQUIRE(::kill(::getpid(), signal) == 0);
      REQUIRE(::sigqueue(::getpid(), signal, value) == 0);
      CHECK(next(**receiver) == 42);
      CHECK(next(**receiver) == 0);
    }
  }
}

TEST_CASE("a handler whose pipe is full leaves the rest in the kernel and loses none") {
  constexpr std::uint32_t count = 10'000;  // a pipe holds 4,096 records
  World world;
  auto channel = find_transport("signal-queue-handler")->create(non_blocking(world));
  REQUIRE(channel);
  auto receiver = (*channel)->receiver();
  auto sender = (*channel)->sender();
  REQUIRE(sender);
  for (std::uint32_t number = 1; number <= count; ++number) REQUIRE((*sender)->send(message(0, number, 8)));
  std::uint32_t wrong = 0;
  for (std::uint32_t number = 1; number <= count; ++number) wrong += next(**receiver) != number;
  CHECK(wrong == 0);
  CHECK(next(**receiver) == 0);
}

TEST_CASE("the handler leaves errno alone") {
  World world;
  auto channel = find_transport("signal-queue-handler")->create(non_blocking(world));
  REQUIRE(channel);
  auto receiver = (*channel)->receiver();
  for (int i = 0; i < 5000; ++i) {  // enough for its write to fail
    errno = ENOTTY;
    ::raise(SIGRTMIN + 2);
    if (errno != ENOTTY) FAIL("raise");
    const sigval value{.sival_int = i};
    ::sigqueue(::getpid(), SIGRTMIN + 2, value);
    if (errno != ENOTTY) FAIL("sigqueue");
  }
}

TEST_CASE("a closed receiver leaves the mask as it was and survives what is still on its way") {
  for (const Transport* transport : signal_transports()) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      const sigset_t before = blocked();
      {
        auto channel = transport->create(non_blocking(world));
        REQUIRE(channel);
        auto receiver = (*channel)->receiver();
        auto sender = (*channel)->sender();
        REQUIRE((*sender)->send(message(0, 1, 8)));
        receiver->reset();
        CHECK((*sender)->send(message(0, 2, 8)).error().number == EPIPE);
      }
      CHECK(same(before, blocked()));
      const sigval late{.sival_int = 1};
      CHECK(::sigqueue(::getpid(), SIGRTMIN + 9, late) == 0);
    }
  }
}

TEST_CASE("a process receives from three signal channels and not from four") {
  World worlds[4];
  const Transport& transport = *find_transport("signal-queue");
  std::vector<std::unique_ptr<Channel>> channels;
  std::vector<std::unique_ptr<Receiver>> receivers;
  for (std::uint32_t i = 0; i < 3; ++i) {
    channels.push_back(std::move(*transport.create(non_blocking(worlds[i]))));
    receivers.push_back(std::move(*channels[i]->receiver()));
    REQUIRE((*channels[i]->sender())->send(message(0, i + 1, 8)));
  }
  auto fourth = transport.create(worlds[3].options());
  REQUIRE(fourth);
  CHECK((*fourth)->receiver().error().number == EBUSY);
  CHECK(channels[0]->receiver().error().number == EBUSY);
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(next(*receivers[i]) == i + 1);
  receivers.pop_back();
  CHECK((*fourth)->receiver());
}

TEST_CASE("who attaches before the receiver is refused") {
  World world;
  auto channel = find_transport("signal-queue")->create(world.options());
  REQUIRE(channel);
  CHECK((*channel)->sender().error().number == ECONNREFUSED);
}

TEST_CASE("a receiver that is a zombie is gone") {
  for (const Transport* transport : signal_transports()) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      const Counters counters(1);
      auto channel = transport->create(world.options());
      REQUIRE(channel);
      Child child([&] {
        const auto receiver = receiver_in_child(**channel);
        counters.raise(0);
        return receiver ? ::pause() : 1;
      });
      REQUIRE(counters.reached(0, 1));
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      REQUIRE((*sender)->send(message(0, 1, 8)));
      child.kill(SIGKILL);
      siginfo_t info{};
      REQUIRE(::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT) == 0);
      CHECK((*sender)->send(message(0, 2, 8)).error().number == EPIPE);
      CHECK((*channel)->sender().error().number == EPIPE);
    }
  }
}

TEST_CASE("a receiver with all the signals it may have pending is full") {
  for (const Transport* transport : signal_transports()) {
    if (transport->name() == "signal-queue-handler") continue;  // its pipe takes them as they come
    DYNAMIC_SECTION(transport->name()) {
      World world;
      const Counters counters(3);
      ChannelOptions options = world.options();
      auto channel = transport->create(options);
      REQUIRE(channel);
      Child child([&] {
        const rlimit few{.rlim_cur = 20, .rlim_max = 20};
        ::setrlimit(RLIMIT_SIGPENDING, &few);
        const auto receiver = receiver_in_child(**channel);
        counters.raise(0);
        if (!counters.reached(1, 1)) return 1;
        for (std::uint32_t number = 1; number <= 30; ++number) {
          if (next(*receiver) != number) return 2;
        }
        return 0;
      });
      REQUIRE(counters.reached(0, 1));
      options.blocking = false;
      auto impatient = transport->open_sender({.options = options, .address = {}, .descriptors = {}});
      REQUIRE(impatient);
      std::uint32_t number = 1;
      int error = 0;
      // The kernel counts the signals of all of this user's processes: others may make room meanwhile.
      Result<bool> room = true;
      while (room && *room && number <= 30) {
        Result<void> sent;
        while (number <= 30 && (sent = (*impatient)->send(message(0, number, 8)))) ++number;
        error = sent ? 0 : sent.error().number;
        room = (*impatient)->wait(in_ms(20));
      }
      REQUIRE(room);
      CHECK_FALSE(*room);
      CHECK(error == EAGAIN);
      CHECK(number <= 21);
      auto patient = (*channel)->sender();
      counters.raise(1);
      for (; number <= 30; ++number) CHECK((*patient)->send(message(0, number, 8)));
      CHECK(child.wait() == 0);
    }
  }
}
