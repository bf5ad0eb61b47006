// Queues in shared memory: what death at each point leaves behind, wrap-around, and the race of creation.
#include "tests/catch.h"
#include "tests/ipc/at_point.h"
#include "tests/ipc/fixture.h"

#include <unistd.h>

using namespace squall;
using namespace squall::ipc;
using namespace squall::ipc::test;

namespace {

constexpr std::size_t size = 32;
constexpr std::size_t capacity = 4;
constexpr int killed = 1000 + SIGKILL;

/// A file that is synced takes milliseconds a message on a busy disk.
std::uint32_t rounds_of(const Transport& transport) { return transport.name() == "mmap-file" ? 3 : 25; }

std::vector<const Transport*> shared_memory_transports() {
  std::vector<const Transport*> chosen;
  for (const char* name : {"shm-mutex", "shm-fork", "mmap-file", "shm-ring"})
    chosen.push_back(find_transport(name));
  return chosen;
}

ChannelOptions non_blocking(const World& world) {
  ChannelOptions options = world.options();
  options.capacity = capacity;
  options.blocking = false;
  return options;
}

/// What a non-blocking receiver finds, until there is nothing more.
std::vector<std::uint32_t> drain(Receiver& receiver) {
  std::vector<std::uint32_t> numbers;
  std::vector<std::byte> buffer(size);
  for (;;) {
    const auto received = receiver.receive(buffer);
    if (!received || received->end) return numbers;
    const Label read = label(buffer);
    numbers.push_back((buffer == message(read.sender, read.number, size)) ? read.number : 0xbad);
  }
}

/// Messages that a non-blocking sender gets rid of before it is told that the channel is full.
std::size_t fill(Sender& sender) {
  std::size_t count = 0;
  while (count < 100 && sender.send(message(9, 100, size))) ++count;
  return count;
}

using Numbers = std::vector<std::uint32_t>;

struct DeathPoint {
  const char* transport;
  const char* point;
  bool happened;  ///< the operation that was cut off has taken place
};

constexpr DeathPoint sender_deaths[] = {
    {"shm-mutex", "ipc/shm-mutex/locked", false}, {"shm-mutex", "ipc/shm-mutex/publish", false},
    {"shm-mutex", "ipc/shm-mutex/signal", true},  {"shm-fork", "ipc/shm-mutex/locked", false},
    {"shm-fork", "ipc/shm-mutex/publish", false}, {"shm-fork", "ipc/shm-mutex/signal", true},
    {"mmap-file", "ipc/shm-mutex/locked", false}, {"mmap-file", "ipc/shm-mutex/publish", false},
    {"mmap-file", "ipc/shm-mutex/signal", true},  {"mmap-file", "ipc/mmap-file/sync", true},
    {"shm-ring", "ipc/shm-ring/claimed", false},  {"shm-ring", "ipc/shm-ring/publish", false},
    {"shm-ring", "ipc/shm-ring/signal", true},
};

constexpr DeathPoint receiver_deaths[] = {
    {"shm-mutex", "ipc/shm-mutex/locked", false}, {"shm-mutex", "ipc/shm-mutex/take", false},
    {"shm-fork", "ipc/shm-mutex/locked", false},  {"shm-fork", "ipc/shm-mutex/take", false},
    {"mmap-file", "ipc/shm-mutex/locked", false}, {"mmap-file", "ipc/shm-mutex/take", false},
    {"shm-ring", "ipc/shm-ring/taken", true},     {"shm-ring", "ipc/shm-ring/free", true},
};

}  // namespace

TEST_CASE("a sender killed in a shared queue has sent its message or not, and stops nobody") {
  for (const DeathPoint& death : sender_deaths) {
    DYNAMIC_SECTION(death.transport << " at " << death.point) {
      World world;
      auto channel = find_transport(death.transport)->create(non_blocking(world));
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      Child child([&] {
        const auto sender = sender_in_child(**channel);
        die_at(death.point, 2);
        for (std::uint32_t number = 0; number < 3; ++number)
          if (!sender || !sender->send(message(1, number, size))) return 1;
        return 0;
      });
      REQUIRE(child.wait() == killed);
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      REQUIRE((*sender)->send(message(2, 7, size)));
      CHECK((drain(**receiver) == (death.happened ? Numbers{0, 1, 7} : Numbers{0, 7})));
      CHECK(fill(**sender) == capacity);
      CHECK(drain(**receiver).size() == capacity);
    }
  }
}

TEST_CASE("a receiver killed in a shared queue takes at most its own message with it") {
  for (const DeathPoint& death : receiver_deaths) {
    DYNAMIC_SECTION(death.transport << " at " << death.point) {
      World world;
      auto channel = find_transport(death.transport)->create(non_blocking(world));
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      auto sender = (*channel)->sender();
      REQUIRE(receiver);
      REQUIRE(sender);
      for (std::uint32_t number = 0; number < capacity; ++number)
        REQUIRE((*sender)->send(message(1, number, size)));
      Child child([&] {
        const auto own = receiver_in_child(**channel);
        die_at(death.point, 2);
        return own ? static_cast<int>(drain(*own).size()) : 100;
      });
      REQUIRE(child.wait() == killed);
      // The dead one's slot is free again at once, or was never taken.
      CHECK(fill(**sender) == (death.happened ? 2 : 1));
      const Numbers rest = drain(**receiver);
      const Numbers first(rest.begin(), rest.begin() + (death.happened ? 2 : 3));
      CHECK((first == (death.happened ? Numbers{2, 3} : Numbers{1, 2, 3})));
      CHECK(fill(**sender) == capacity);
    }
  }
}

TEST_CASE("receivers killed in their sleep do not stop who would wake them") {
  for (const Transport* transport : shared_memory_transports()) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      const Counters counters(1);
      ChannelOptions options = non_blocking(world);
      options.blocking = true;
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      const char* point = transport->name() == "shm-ring" ? "ipc/shm-ring/wait" : "ipc/shm-mutex/wait";
      for (std::uint32_t round = 1; round <= 4; ++round) {
        Child sleeper([&] {
          const auto receiver = receiver_in_child(**channel);
          at_point(point, 1, [&] { counters.raise(0); });
          std::vector<std::byte> buffer(size);
          return receiver && receiver->receive(buffer) ? 0 : 1;
        });
        REQUIRE(counters.reached(0, round));
      }
      auto receiver = (*channel)->receiver();
      for (std::uint32_t number = 0; number < 3 * capacity; ++number) {
        REQUIRE((*sender)->send(message(1, number, size)));
        std::vector<std::byte> buffer(size);
        REQUIRE((*receiver)->receive(buffer));
        CHECK(label(buffer).number == number);
      }
    }
  }
}

TEST_CASE("a shared queue wraps around with messages of every length") {
  for (const Transport* transport : shared_memory_transports()) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      ChannelOptions options = non_blocking(world);
      options.capacity = 3;
      options.max_message = 100;
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      auto sender = (*channel)->sender();
      std::uint32_t wrong = 0;
      for (std::uint32_t round = 0; round < 200; ++round) {
        const std::uint32_t held = round % 3 + 1;
        for (std::uint32_t i = 0; i < held; ++i)
          wrong += !(*sender)->send(message(round, i, (round * 3 + i) % 101), i);
        for (std::uint32_t i = 0; i < held; ++i) {
          std::vector<std::byte> buffer(100);
          const auto received = (*receiver)->receive(buffer);
          if (received) buffer.resize(received->size);
          wrong += !received || received->priority != i || buffer != message(round, i, (round * 3 + i) % 101);
        }
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("what was sent behind a living sender's unpublished slot waits for it") {
  World world;
  const Counters counters(2);
  auto channel = find_transport("shm-ring")->create(non_blocking(world));
  REQUIRE(channel);
  auto receiver = (*channel)->receiver();
  REQUIRE(receiver);
  Child slow([&] {
    const auto sender = sender_in_child(**channel);
    at_point("ipc/shm-ring/publish", 1, [&] {
      counters.raise(0);
      counters.reached(1, 1);
    });
    return sender && sender->send(message(1, 1, size)) ? 0 : 1;
  });
  REQUIRE(counters.reached(0, 1));
  auto sender = (*channel)->sender();
  REQUIRE((*sender)->send(message(2, 2, size)));
  CHECK(drain(**receiver).empty());
  counters.raise(1);
  CHECK(slow.wait() == 0);
  CHECK((drain(**receiver) == Numbers{1, 2}));
}

TEST_CASE("a receiver that is a whole lap behind hides nothing that is sent meanwhile") {
  World world;
  const Counters counters(2);
  auto channel = find_transport("shm-ring")->create(non_blocking(world));
  REQUIRE(channel);
  auto receiver = (*channel)->receiver();
  auto sender = (*channel)->sender();
  REQUIRE((*sender)->send(message(1, 1, size)));
  Child slow([&] {
    const auto late = receiver_in_child(**channel);
    std::vector<std::byte> buffer(size);
    at_point("ipc/shm-ring/taken", 1, [&] {
      counters.raise(0);
      counters.reached(1, 1);
    });
    return late && late->receive(buffer) ? 0 : 1;
  });
  REQUIRE(counters.reached(0, 1));
  for (std::uint32_t number = 2; number <= capacity; ++number)
    REQUIRE((*sender)->send(message(1, number, size)));
  CHECK((drain(**receiver) == Numbers{2, 3, 4}));
  CHECK(drain(**receiver).empty());
  counters.raise(1);
  CHECK(slow.wait() == 0);
  REQUIRE((*sender)->send(message(1, 5, size)));
  CHECK((drain(**receiver) == Numbers{5}));
}

TEST_CASE("nobody attaches to half a shared object") {
  constexpr std::uint32_t attachers = 8;
  for (const Transport* transport :
       transports_with({Capability::named, Capability::persistent, Capability::peer_gone})) {
    for (const char* point : {"ipc/shm/create", "ipc/shm/ready"}) {
      DYNAMIC_SECTION(transport->name() << " at " << point) {
        World world;
        const Counters counters(2);
        ChannelOptions options = non_blocking(world);
        options.capacity = attachers;
        std::vector<Child> children;
        for (std::uint32_t i = 0; i < attachers; ++i) {
          children.emplace_back([&, i] {
            counters.reached(0, 1);
            counters.raise(1);
            const auto sender =
                transport->open_sender({.options = options, .address = {}, .descriptors = {}});
            return sender && (*sender)->send(message(i, i, size)) ? 0 : 1;
          });
        }
        at_point(point, 1, [&] {
          counters.raise(0);
          counters.reached(1, attachers);
        });
        auto channel = transport->create(options);
        no_more(point);
        REQUIRE(channel);
        auto receiver = (*channel)->receiver();
        for (Child& child : children) CHECK(child.wait() == 0);
        CHECK(drain(**receiver).size() == attachers);
      }
    }
  }
}

TEST_CASE("an object whose maker died before it was ready is given up in time, and swept") {
  for (const char* name : {"shm-mutex", "shm-ring", "mmap-file"}) {
    DYNAMIC_SECTION(name) {
      World world;
      const Transport& transport = *find_transport(name);
      Child maker([&] {
        die_at("ipc/shm/ready");
        return transport.create(world.options()) ? 0 : 1;
      });
      REQUIRE(maker.wait() == killed);
      const auto sender =
          transport.open_sender({.options = world.options(), .address = {}, .descriptors = {}});
      REQUIRE_FALSE(sender);
      CHECK(sender.error().number == ETIMEDOUT);
      CHECK(transport.create(world.options()).error().number == EEXIST);
      transport.sweep(world.options());
      CHECK(transport.create(world.options()));
    }
  }
}

TEST_CASE("the file keeps what a killed sender had sent") {
  World world;
  const Transport& transport = *find_transport("mmap-file");
  Child child([&] {
    auto channel = transport.create(non_blocking(world));
    auto sender = (*channel)->sender();
    for (std::uint32_t number = 0; number < 3; ++number)
      if (!(*sender)->send(message(1, number, size))) return 1;
    return ::raise(SIGKILL);
  });
  REQUIRE(child.wait() == killed);
  {
    const auto receiver =
        transport.open_receiver({.options = non_blocking(world), .address = {}, .descriptors = {}});
    REQUIRE(receiver);
    CHECK((drain(**receiver) == Numbers{0, 1, 2}));
  }
  transport.sweep(world.options());
  CHECK(world.directory().entries().empty());
}

TEST_CASE("a mapping that somebody truncated is an error and no SIGBUS, closing included") {
  World world;
  // A child's: its thread's list of robust mutexes leads through the lost pages from then on.
  Child child([&] {
    auto channel = find_transport("mmap-file")->create(non_blocking(world));
    auto sender = (*channel)->sender();
    auto receiver = (*channel)->receiver();
    auto memory = (*channel)->memory();
    const std::string path = world.directory().path() + '/' + world.directory().entries().front();
    if (::truncate(path.c_str(), 0) != 0) return 1;
    std::vector<std::byte> buffer(size);
    if ((*sender)->send(buffer).error().number != EIO) return 2;
    if ((*receiver)->receive(buffer).error().number != EIO) return 3;
    if ((*receiver)->wait(0).error().number != EIO) return 4;
    if ((*memory)->lock().error().number != EIO) return 5;
    return 0;
  });
  CHECK(child.wait() == 0);
}

TEST_CASE("senders killed at random moments leave a gapless beginning of what they sent") {
  constexpr std::uint32_t senders = 3;
  for (const Transport* transport : shared_memory_transports()) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      ChannelOptions options = world.options();
      options.capacity = capacity;
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      std::uint32_t wrong = 0;
      for (std::uint32_t round = 0; round < rounds_of(*transport); ++round) {
        std::vector<Child> children;
        for (std::uint32_t sender = 0; sender < senders; ++sender) {
          children.emplace_back([&, sender] {
            const auto own = sender_in_child(**channel);
            for (std::uint32_t number = 0; own && own->send(message(sender, number, size)); ++number) {
            }
            return 1;
          });
        }
        std::vector<std::uint32_t> expected(senders);
        std::vector<std::byte> buffer(size);
        // The moment of each death is a number of messages received, and so in the midst of somebody's send.
        for (std::uint32_t i = 0; i < 40 + round; ++i) {
          REQUIRE((*receiver)->receive(buffer));
          wrong += expected[label(buffer).sender]++ != label(buffer).number;
          if (i == 10 + round || i == 20 + round) children[(i - round) / 10].kill(SIGKILL);  // one goes on
        }
        for (Child& child : children) child.kill(SIGKILL);
        for (Child& child : children) wrong += child.wait() != killed;
        // The channel itself still counts as a sender: no end comes, only silence.
        while (*(*receiver)->wait(now_ns())) {
          REQUIRE((*receiver)->receive(buffer));
          wrong += expected[label(buffer).sender]++ != label(buffer).number;
        }
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("receivers killed at random moments take no more than one message each, and none comes twice") {
  for (const Transport* transport : shared_memory_transports()) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      ChannelOptions options = world.options();
      options.capacity = capacity;
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto sender = (*channel)->sender();
      auto survivor = (*channel)->receiver();
      REQUIRE(survivor);
      for (std::uint32_t round = 0; round < rounds_of(*transport); ++round) {
        const Counters received(101);
        Child victim([&] {
          const auto own = receiver_in_child(**channel);
          std::vector<std::byte> buffer(size);
          while (own && own->receive(buffer)) received.raise(label(buffer).number);
          return 1;
        });
        for (std::uint32_t number = 0; number < 50 + round; ++number)
          REQUIRE((*sender)->send(message(1, number, size)));
        victim.kill(SIGKILL);
        REQUIRE(victim.wait() == killed);
        std::vector<std::byte> buffer(size);
        while (*(*survivor)->wait(now_ns())) {
          REQUIRE((*survivor)->receive(buffer));
          received.raise(label(buffer).number);
        }
        std::uint32_t missing = 0;
        for (std::uint32_t number = 0; number < 50 + round; ++number) {
          missing += received[number].load() == 0;
          CHECK(received[number].load() <= 1);
        }
        CHECK(missing <= 1);
      }
    }
  }
}
