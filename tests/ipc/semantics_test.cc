// The questions that every transport answers, whoever wrote it. A transport is asked what its capabilities
// promise.
#include "tests/catch.h"
#include "tests/ipc/fixture.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <set>

using namespace squall;
using namespace squall::ipc;
using namespace squall::ipc::test;

namespace {

constexpr std::size_t largest_tried = 1 << 20;

std::size_t largest(const Transport& transport) {
  return std::min(transport.limits().max_message, largest_tried);
}

/// Sends `count` messages; an exit code.
int send_all(Sender* sender, std::uint32_t id, std::uint32_t count, std::size_t size) {
  if (sender == nullptr) return 2;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!sender->send(message(id, i, size))) return 1;
  }
  return 0;
}

/// Receives into a fresh buffer of `size`; fails the test on an error.
std::vector<std::byte> take(Receiver& receiver, std::size_t size) {
  std::vector<std::byte> buffer(size);
  const auto received = receiver.receive(buffer);
  INFO((received ? std::string("received") : received.error().message()));
  REQUIRE(received);
  CHECK_FALSE(received->end);
  buffer.resize(received->size);
  return buffer;
}

int error_of(const Result<void>& result) { return result ? 0 : result.error().number; }
int error_of(const Result<Received>& result) { return result ? 0 : result.error().number; }

/// What bounds a queue of signals is counted over all of this user's processes: leave the others most of it.
class FewSignals {
 public:
  FewSignals() {
    ::getrlimit(RLIMIT_SIGPENDING, &before_);
    const rlimit few{.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 20'000), .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_SIGPENDING, &few);
  }
  ~FewSignals() { ::setrlimit(RLIMIT_SIGPENDING, &before_); }
  FewSignals(const FewSignals&) = delete;
  FewSignals& operator=(const FewSignals&) = delete;

 private:
  rlimit before_{};
};

/// Sends until it fails, at most `most` times: a peer's death may need a message to be noticed.
int first_error(Sender& sender, std::size_t size, int most) {
  for (int i = 0; i < most; ++i) {
    if (const int error = error_of(sender.send(message(0, 0, size))); error != 0) return error;
  }
  return 0;
}

const Counters* interrupted = nullptr;
void count_interrupt(int) {
  const int saved = errno;
  interrupted->raise(0);
  errno = saved;
}

/// SIGUSR1 then interrupts calls (no SA_RESTART) and is counted in counters[0].
void count_interrupts(const Counters& counters) {
  interrupted = &counters;
  struct sigaction action {};
  action.sa_handler = count_interrupt;
  ::sigaction(SIGUSR1, &action, nullptr);
}

/// Sends SIGUSR1 `count` times, each after the one before has been handled.
bool rain(const Child& child, const Counters& counters, std::uint32_t count) {
  for (std::uint32_t i = 1; i <= count; ++i) {
    child.kill(SIGUSR1);
    if (!counters.reached(0, i)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("every transport has a name of its own and can be found by it") {
  std::set<std::string_view> names;
  for (const Transport* each : transports()) {
    CHECK(names.insert(each->name()).second);
    CHECK(find_transport(each->name()) == each);
    CHECK_FALSE(each->about().empty());
    CHECK(each->limits().max_message >= 8);
  }
  CHECK(find_transport("carrier-pigeon") == nullptr);
}

TEST_CASE("capabilities are found by their names") {
  for (const CapabilityName& each : capability_names()) CHECK(find_capability(each.name) == each.capability);
  CHECK(find_capability("many-writers") == Capability::many_writers);
  CHECK_FALSE(find_capability("many_writers"));
}

TEST_CASE("messages of every size arrive as they were sent") {
  for (const Transport* transport : transports_with({Capability::payload})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      ChannelOptions options = world.options();
      options.max_message = largest(*transport);
      std::vector<std::size_t> sizes;
      for (std::size_t size : {8, 9, 63, 64, 65, 4091, 4092, 4093, 4096, 8192, 65531, 65536, 65537, 131072}) {
        if (size <= options.max_message) sizes.push_back(size);
      }
      sizes.push_back(options.max_message);
      sizes.push_back(8);
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      Child child([&] {
        receiver->reset();
        const auto sender = sender_in_child(**channel);
        for (std::size_t size : sizes) {
          if (!sender || !sender->send(message(1, 2, size))) return 1;
        }
        return 0;
      });
      for (std::size_t size : sizes) {
        INFO(size);
        CHECK((take(**receiver, options.max_message) == message(1, 2, size)));
      }
      CHECK(child.wait() == 0);
    }
  }
}

TEST_CASE("messages of one sender arrive in order") {
  constexpr std::uint32_t count = 2000;
  for (const Transport* transport : transports_with({Capability::payload})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      auto channel = transport->create(world.options());
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      const std::size_t size = small_size(*transport);
      Child child([&] {
        receiver->reset();
        const auto sender = sender_in_child(**channel);
        return send_all(sender.get(), 1, count, size);
      });
      std::uint32_t out_of_order = 0;
      for (std::uint32_t i = 0; i < count; ++i) out_of_order += label(take(**receiver, size)).number != i;
      CHECK(out_of_order == 0);
      CHECK(child.wait() == 0);
    }
  }
}

TEST_CASE("a message that is too long is refused and nothing of it is sent") {
  for (const Transport* transport : transports_with({})) {
    if (transport->limits().max_message > largest_tried) continue;
    DYNAMIC_SECTION(transport->name()) {
      World world;
      ChannelOptions options = world.options();
      options.max_message = transport->limits().max_message;
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      CHECK(error_of((*sender)->send(message(1, 1, options.max_message + 1))) == EMSGSIZE);
      REQUIRE((*sender)->send(message(1, 2, 8)));
      const auto received = take(**receiver, options.max_message);
      CHECK(received.size() == 8);
      if (transport->capabilities().has(Capability::payload)) CHECK(label(received).number == 2);
    }
  }
}

TEST_CASE("an empty message is refused or arrives as one, and is never taken for the end") {
  for (const Transport* transport : transports_with({})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      ChannelOptions options = world.options();
      options.blocking = false;
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      const int error = error_of((*sender)->send({}));
      std::vector<std::byte> buffer(64);
      const auto received = (*receiver)->receive(buffer);
      if (error != 0) {
        CHECK(error == EINVAL);
        CHECK(error_of(received) == EAGAIN);
      } else {
        REQUIRE(received);
        CHECK_FALSE(received->end);
      }
    }
  }
}

TEST_CASE("receiving from an empty non-blocking channel fails with EAGAIN until something is sent") {
  for (const Transport* transport : transports_with({})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      ChannelOptions options = world.options();
      options.blocking = false;
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      std::vector<std::byte> buffer(64);
      CHECK(error_of((*receiver)->receive(buffer)) == EAGAIN);
      auto waited = (*receiver)->wait(in_ms(10));
      REQUIRE(waited);
      CHECK_FALSE(*waited);
      REQUIRE((*sender)->send(message(1, 1, 8)));
      waited = (*receiver)->wait(in_ms(20'000));
      REQUIRE(waited);
      CHECK(*waited);
      CHECK(take(**receiver, 64).size() == 8);
      CHECK(error_of((*receiver)->receive(buffer)) == EAGAIN);
    }
  }
}

TEST_CASE("a full non-blocking channel fails with EAGAIN, keeps what it took, and takes more once drained") {
  constexpr std::uint32_t most = 1 << 20;
  for (const Transport* transport : transports_with({Capability::payload})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      const FewSignals few;
      ChannelOptions options = world.options();
      options.blocking = false;
      options.capacity = 4;
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      const std::size_t size = small_size(*transport);
      std::uint32_t sent = 0;
      Result<void> last;
      // A kernel that moves bytes on behind the sender's back (tcp) is full only when it has come to rest.
      Result<bool> room = true;
      while (room && *room && sent < most) {
        while (sent < most && (last = (*sender)->send(message(1, sent, size)))) ++sent;
        REQUIRE(error_of(last) == EAGAIN);
        room = (*sender)->wait(in_ms(10));
      }
      REQUIRE(room);
      CHECK_FALSE(*room);
      if (transport->capabilities().has(Capability::bounded)) {
        CHECK((*channel)->capacity() == options.capacity);
        CHECK(sent == options.capacity);
      }

      for (std::uint32_t i = 0; i < sent; ++i) {
        const auto ready = (*receiver)->wait(in_ms(20'000));
        REQUIRE((ready && *ready));
        REQUIRE(label(take(**receiver, size)).number == i);
      }
      room = (*sender)->wait(in_ms(20'000));
      REQUIRE(room);
      CHECK(*room);
      CHECK((*sender)->send(message(1, 0, size)));
    }
  }
}

TEST_CASE("the stream ends when the last sender has closed, and stays ended") {
  for (const Transport* transport : transports_with({Capability::end_of_stream})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      auto channel = transport->create(world.options());
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      const std::size_t size = small_size(*transport);
      Child child([&] {
        receiver->reset();
        const auto sender = sender_in_child(**channel);
        return send_all(sender.get(), 1, 3, size);
      });
      (*channel)->detach();
      const bool payload = transport->capabilities().has(Capability::payload);
      for (std::uint32_t i = 0; i < 3; ++i) {
        const auto bytes = take(**receiver, size);
        if (payload) CHECK(label(bytes).number == i);
      }
      std::vector<std::byte> buffer(size);
      for (int again = 0; again < 2; ++again) {
        const auto received = (*receiver)->receive(buffer);
        REQUIRE(received);
        CHECK(received->end);
        CHECK(received->size == 0);
      }
      CHECK(child.wait() == 0);
    }
  }
}

TEST_CASE("the stream ends only when every sender is gone, one of them by SIGKILL") {
  for (const Transport* transport : transports_with({Capability::end_of_stream, Capability::many_writers})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      Counters counters(1);
      ChannelOptions options = world.options();
      options.writers = 2;
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      const std::size_t size = small_size(*transport);
      Child polite([&] {
        receiver->reset();
        const auto sender = sender_in_child(**channel);
        return send_all(sender.get(), 1, 3, size);
      });
      CHECK(polite.wait() == 0);
      Child killed([&] {
        receiver->reset();
        const auto sender = sender_in_child(**channel);
        const int code = send_all(sender.get(), 2, 3, size);
        counters.raise(0);
        for (;;) ::pause();
        return code;
      });
      (*channel)->detach();
      REQUIRE(counters.reached(0, 1));
      for (int i = 0; i < 6; ++i) CHECK(take(**receiver, size).size() == size);
      killed.kill(SIGKILL);
      std::vector<std::byte> buffer(size);
      const auto received = (*receiver)->receive(buffer);
      REQUIRE(received);
      CHECK(received->end);
    }
  }
}

TEST_CASE("a sender whose receiver closed is told so") {
  for (const Transport* transport : transports_with({Capability::peer_gone})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      auto channel = transport->create(world.options());
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      const std::size_t size = small_size(*transport);
      REQUIRE((*sender)->send(message(1, 0, size)));
      (*channel)->detach();
      receiver->reset();
      const int error = first_error(**sender, size, 100);
      INFO(error);
      CHECK(means_gone(error));
      CHECK(means_gone(first_error(**sender, size, 1)));
    }
  }
}

TEST_CASE("a sender that waits for room is told when the receiver is killed") {
  for (const Transport* transport : transports_with({Capability::peer_gone})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      Counters counters(2);
      ChannelOptions options = world.options();
      options.capacity = 1;
      auto channel = transport->create(options);
      REQUIRE(channel);
      Child receiving([&] {
        const auto receiver = receiver_in_child(**channel);
        counters.raise(0);
        for (;;) ::pause();
        return receiver ? 0 : 1;
      });
      REQUIRE(counters.reached(0, 1));
      const std::size_t size = small_size(*transport);
      Child sending([&] {
        const auto sender = sender_in_child(**channel);
        if (!sender) return 2;
        for (;;) {
          if (const auto sent = sender->send(message(1, 0, size)); !sent)
            return means_gone(sent.error().number) ? 0 : 3;
          counters.raise(1);
        }
      });
      (*channel)->detach();
      REQUIRE(counters.reached(1, 1));
      // Full once the counter stands still; killing it earlier would only make the test easier to pass.
      for (std::uint32_t sent = 0; sent != counters[1].load();) {
        sent = counters[1].load();
        static_cast<void>(counters.reached(1, sent + 1, 10 * millisecond_ns));
      }
      receiving.kill(SIGKILL);
      CHECK(sending.wait() == 0);
    }
  }
}

TEST_CASE("what several writers send arrives exactly once and in each one's order") {
  constexpr std::uint32_t writers = 3;
  constexpr std::uint32_t count = 500;
  for (const Transport* transport : transports_with({Capability::many_writers, Capability::payload})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      ChannelOptions options = world.options();
      options.writers = writers;
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      const std::size_t size = small_size(*transport);
      std::vector<Child> children;
      for (std::uint32_t id = 0; id < writers; ++id) {
        children.emplace_back([&, id] {
          receiver->reset();
          const auto sender = sender_in_child(**channel);
          return send_all(sender.get(), id, count, size);
        });
      }
      std::vector<std::uint32_t> next(writers, 0);
      std::uint32_t wrong = 0;
      for (std::uint32_t i = 0; i < writers * count; ++i) {
        const auto bytes = take(**receiver, size);
        const Label seen = label(bytes);
        wrong += seen.sender >= writers || seen.number != next[seen.sender % writers]++ ||
                 bytes != message(seen.sender, seen.number, size);
      }
      CHECK(wrong == 0);
      for (Child& child : children) CHECK(child.wait() == 0);
    }
  }
}

TEST_CASE("each message goes to exactly one of several readers") {
  constexpr std::uint32_t readers = 3;
  constexpr std::uint32_t count = 600;
  for (const Transport* transport : transports_with({Capability::many_readers})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      Counters counters(count + 2);  // one a message, then: attached, all received
      const bool payload = transport->capabilities().has(Capability::payload);
      ChannelOptions options = world.options();
      options.readers = readers;
      options.blocking = false;
      auto channel = transport->create(options);
      REQUIRE(channel);
      const std::size_t size = small_size(*transport);
      std::vector<Child> children;
      for (std::uint32_t id = 0; id < readers; ++id) {
        children.emplace_back([&] {
          const auto receiver = receiver_in_child(**channel);
          if (!receiver) return 2;
          counters.raise(count);
          std::vector<std::byte> buffer(size);
          while (counters[count + 1].load() < count) {
            const auto received = receiver->receive(buffer);
            if (!received && received.error().number != EAGAIN) return 3;
            if (!received && !receiver->wait(in_ms(20))) return 4;
            if (!received) continue;
            if (received->end) return 5;
            const std::uint32_t number = payload ? label(buffer).number : counters[count + 1].load();
            counters[number % count].fetch_add(1);
            counters.raise(count + 1);
          }
          return 0;
        });
      }
      REQUIRE(counters.reached(count, readers));
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      for (std::uint32_t i = 0; i < count;) {
        const auto sent = (*sender)->send(message(0, i, size));
        if (sent) {
          ++i;
        } else {
          REQUIRE(sent.error().number == EAGAIN);
          REQUIRE((*sender)->wait(in_ms(20'000)));
        }
      }
      CHECK(counters.reached(count + 1, count));
      for (Child& child : children) CHECK(child.wait() == 0);
      std::uint32_t wrong = 0;
      for (std::uint32_t i = 0; payload && i < count; ++i) wrong += counters[i].load() != 1;
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("a blocked receive outlives a thousand signals") {
  for (const Transport* transport : transports_with({})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      Counters counters(2);
      auto channel = transport->create(world.options());
      REQUIRE(channel);
      Child child([&] {
        count_interrupts(counters);
        const auto receiver = receiver_in_child(**channel);
        if (!receiver) return 2;
        counters.raise(1);
        std::vector<std::byte> buffer(64);
        const auto received = receiver->receive(buffer);
        return received && !received->end && received->size == 8 ? 0 : 1;
      });
      REQUIRE(counters.reached(1, 1));
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      CHECK(rain(child, counters, 1000));
      REQUIRE((*sender)->send(message(1, 1, 8)));
      CHECK(child.wait() == 0);
    }
  }
}

TEST_CASE("a blocked send outlives a thousand signals and loses nothing") {
  for (const Transport* transport : transports_with({Capability::payload})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      Counters counters(2);
      ChannelOptions options = world.options();
      options.capacity = 2;
      options.max_message = std::min<std::size_t>(transport->limits().max_message, 100'000);
      // A message that no small buffer takes whole, where there are such; else more messages than fit.
      const std::size_t size = options.max_message;
      constexpr std::uint32_t count = 20;
      auto channel = transport->create(options);
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      Child child([&] {
        receiver->reset();
        count_interrupts(counters);
        const auto sender = sender_in_child(**channel);
        counters.raise(1);
        const int code = send_all(sender.get(), 1, count, size);
        counters.raise(1);
        return counters.reached(1, 3) ? code : 9;
      });
      REQUIRE(counters.reached(1, 1));
      CHECK(rain(child, counters, 1000));
      for (std::uint32_t i = 0; i < count; ++i) REQUIRE((take(**receiver, size) == message(1, i, size)));
      counters.raise(1);
      counters.raise(1);
      CHECK(child.wait() == 0);
    }
  }
}

TEST_CASE("a process attaches with nothing but an attachment") {
  for (const Transport* transport : transports_with({})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      auto channel = transport->create(world.options());
      REQUIRE(channel);
      // As after exec: the descriptors have other numbers, the channel object is gone.
      const auto attachment = [&](Side side) {
        Attachment made{world.options(), (*channel)->address(), {}};
        for (int each : (*channel)->descriptors(side))
          made.descriptors.push_back(::fcntl(each, F_DUPFD, 100));
        (*channel)->detach();
        (*channel)->release();
        return made;
      };
      Counters counters(1);
      const bool fork_only = transport->capabilities().has(Capability::fork_only);
      Child receiving([&] {
        auto receiver = transport->open_receiver(attachment(Side::receiver));
        if (fork_only) return !receiver && receiver.error().number == ENOTSUP ? 0 : 1;
        if (!receiver) return 2;
        counters.raise(0);
        std::vector<std::byte> buffer(64);
        const auto received = (*receiver)->receive(buffer);
        return received && received->size == 8 ? 0 : 3;
      });
      if (!fork_only) REQUIRE(counters.reached(0, 1));
      Child sending([&] {
        auto sender = transport->open_sender(attachment(Side::sender));
        if (fork_only) return !sender && sender.error().number == ENOTSUP ? 0 : 1;
        if (!sender) return 2;
        if (!(*sender)->send(message(1, 1, 8))) return 3;
        sender->reset();
        return ::fcntl(100, F_GETFD) < 0 ? 0 : 4;
      });
      CHECK(sending.wait() == 0);
      CHECK(receiving.wait() == 0);
    }
  }
}

TEST_CASE("a channel leaves neither descriptors nor names behind") {
  for (const Transport* transport : transports_with({})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      const std::size_t before = open_descriptors();
      for (int again = 0; again < 2; ++again) {
        auto channel = transport->create(world.options());
        REQUIRE(channel);
        auto receiver = (*channel)->receiver();
        REQUIRE(receiver);
        auto sender = (*channel)->sender();
        REQUIRE(sender);
        REQUIRE((*sender)->send(message(1, 1, 8)));
        CHECK(take(**receiver, 64).size() == 8);
        (*channel)->detach();
        CHECK((*channel)->descriptors(Side::sender).empty());
        CHECK((*channel)->descriptors(Side::receiver).empty());
      }
      CHECK(open_descriptors() == before);
      CHECK(world.directory().entries().empty());
    }
  }
}

TEST_CASE("a name that is taken is refused, and a sweep frees it, as often as it is asked to") {
  for (const Transport* transport : transports_with({})) {
    DYNAMIC_SECTION(transport->name()) {
      World world;
      {
        auto channel = transport->create(world.options());
        REQUIRE(channel);
        const auto second = transport->create(world.options());
        if (transport->capabilities().has(Capability::named)) CHECK_FALSE(second);
        if (!second) CHECK(second.error().number == EEXIST);
        (*channel)->release();
      }
      transport->sweep(world.options());
      transport->sweep(world.options());
      CHECK(world.directory().entries().empty());
      CHECK(transport->create(world.options()));
    }
  }
}

TEST_CASE("a message longer than the receiver's buffer is reported") {
  for (const Transport* transport : transports_with({Capability::payload})) {
    if (transport->limits().max_message < 64) continue;
    DYNAMIC_SECTION(transport->name()) {
      World world;
      auto channel = transport->create(world.options());
      REQUIRE(channel);
      auto receiver = (*channel)->receiver();
      REQUIRE(receiver);
      auto sender = (*channel)->sender();
      REQUIRE(sender);
      REQUIRE((*sender)->send(message(1, 1, 64)));
      std::vector<std::byte> buffer(16);
      CHECK(error_of((*receiver)->receive(buffer)) == EMSGSIZE);
    }
  }
}
