// The shared region with its lock, and the register over it that is never seen half written.
#include "ipc/seqlock.h"
#include "tests/catch.h"
#include "tests/ipc/at_point.h"
#include "tests/ipc/fixture.h"

#include <algorithm>
#include <array>

using namespace squall;
using namespace squall::ipc;
using namespace squall::ipc::test;

namespace {

constexpr int killed = 1000 + SIGKILL;
constexpr std::size_t words = 8;
using Value = std::array<std::uint64_t, words>;

Value filled(std::uint64_t with) {
  Value value;
  value.fill(with);
  return value;
}

bool mixed(const Value& value) {
  return std::ranges::any_of(value, [&](std::uint64_t word) { return word != value[0]; });
}

/// A region that children inherit.
struct Shared {
  World world;
  std::unique_ptr<Channel> channel = std::move(*find_transport("shm-fork")->create(world.options()));
  std::unique_ptr<Memory> memory = std::move(*channel->memory());
  Seqlock seqlock = Seqlock::over(memory->bytes(), words);
};

}  // namespace

TEST_CASE("a region begins as zeros, is aligned, and is seen by every process") {
  for (const Transport* transport : transports_with({Capability::memory})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      auto channel = transport->create(world.options());
      REQUIRE(channel);
      auto memory = (*channel)->memory();
      REQUIRE(memory);
      const std::span<std::byte> bytes = (*memory)->bytes();
      CHECK(bytes.size() >= 4096);
      CHECK(reinterpret_cast<std::uintptr_t>(bytes.data()) % 64 == 0);
      CHECK(std::ranges::all_of(bytes, [](std::byte each) { return each == std::byte{0}; }));
      Child child([&] {
        auto own = (*channel)->memory();
        if (!own || !(*own)->lock()) return 1;
        (*own)->bytes().back() = std::byte{42};
        return (*own)->sync() && (*own)->unlock() ? 0 : 2;
      });
      REQUIRE(child.wait() == 0);
      const auto locked = (*memory)->lock();
      REQUIRE(locked);
      CHECK_FALSE(*locked);
      CHECK(bytes.back() == std::byte{42});
      CHECK((*memory)->unlock());
      CHECK((*memory)->unlock().error().number == EPERM);
    }
  }
}

TEST_CASE("the next owner of a region learns that the last one died in it, once") {
  for (const Transport* transport : transports_with({Capability::memory})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      auto channel = transport->create(world.options());
      REQUIRE(channel);
      auto memory = (*channel)->memory();
      Child child([&] {
        auto own = (*channel)->memory();
        die_at("ipc/memory/locked");
        return own && (*own)->lock() ? 0 : 1;
      });
      REQUIRE(child.wait() == killed);
      const auto inherited = (*memory)->lock();
      REQUIRE(inherited);
      CHECK(*inherited);
      CHECK((*memory)->unlock());
      const auto again = (*memory)->lock();
      REQUIRE(again);
      CHECK_FALSE(*again);
    }
  }
}

TEST_CASE("a region that is let go while locked is unlocked") {
  World world;
  auto channel = find_transport("shm-mutex")->create(world.options());
  REQUIRE(channel);
  REQUIRE((*(*channel)->memory())->lock());
  auto memory = (*channel)->memory();
  const auto locked = (*memory)->lock();
  REQUIRE(locked);
  CHECK_FALSE(*locked);
}

TEST_CASE("transports without the capability have no region") {
  for (const Transport* transport : transports_with({}, {Capability::memory})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      const Attachment to{.options = world.options(), .address = {}, .descriptors = {}};
      CHECK(transport->open_memory(to).error().number == ENOTSUP);
    }
  }
}

TEST_CASE("a reader sees a register before, after, and never during a store") {
  Shared shared;
  const Counters counters(2);
  shared.seqlock.store(filled(1));
  Child writer([&] {
    at_point("ipc/seqlock/write", 1, [&] {
      counters.raise(0);
      counters.reached(1, 1);
    });
    shared.seqlock.store(filled(2));
    return 0;
  });
  REQUIRE(counters.reached(0, 1));
  Value value{};
  CHECK_FALSE(shared.seqlock.load(value, 100));
  shared.seqlock.load_unchecked(value);
  CHECK(mixed(value));
  counters.raise(1);
  REQUIRE(writer.wait() == 0);
  CHECK(shared.seqlock.load(value));
  CHECK((value == filled(2)));
}

TEST_CASE("a store between a reader's words and its second look is noticed") {
  Shared shared;
  shared.seqlock.store(filled(1));
  at_point("ipc/seqlock/read", 1, [&] { shared.seqlock.store(filled(2)); });
  Value value{};
  CHECK_FALSE(shared.seqlock.try_load(value));
  CHECK(shared.seqlock.try_load(value));
  no_more("ipc/seqlock/read");
  CHECK((value == filled(2)));
}

TEST_CASE("a register that a dead writer left is repaired by the next store") {
  Shared shared;
  Child writer([&] {
    die_at("ipc/seqlock/write");
    shared.seqlock.store(filled(1));
    return 0;
  });
  REQUIRE(writer.wait() == killed);
  Value value{};
  CHECK_FALSE(shared.seqlock.load(value, 100));
  shared.seqlock.store(filled(3));
  REQUIRE(shared.seqlock.load(value));
  CHECK((value == filled(3)));
}

TEST_CASE("readers that race a writer never see a mix, and those who do not look twice do") {
  constexpr std::uint64_t enough_good = 20'000;
  constexpr std::uint64_t bound = 200'000'000;
  Shared shared;
  const Counters counters(1);
  Child writer([&] {
    for (std::uint64_t number = 1; counters[0].load(std::memory_order_relaxed) == 0; ++number)
      shared.seqlock.store(filled(number));
    return 0;
  });
  std::uint64_t good = 0;
  std::uint64_t torn = 0;
  std::uint64_t torn_unchecked = 0;
  const std::uint64_t deadline = in_ms(20'000);
  for (std::uint64_t i = 0; i < bound && (good < enough_good || torn_unchecked == 0); ++i) {
    Value value{};
    if (shared.seqlock.try_load(value)) {
      ++good;
      torn += mixed(value);
    }
    shared.seqlock.load_unchecked(value);
    torn_unchecked += mixed(value);
    if (i % 1024 == 0 && now_ns() > deadline) break;
  }
  counters.raise(0);
  CHECK(writer.wait() == 0);
  CHECK(torn == 0);
  CHECK(good >= enough_good);
  CHECK(torn_unchecked > 0);
}
