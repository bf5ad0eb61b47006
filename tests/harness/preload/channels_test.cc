// Rules about one channel: calls on it are hit, those on another object of the same kind are not.
#include "tests/catch.h"
#include "tests/harness/preload/preloaded.h"

#include <arpa/inet.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace squall::tests {

using namespace squall::faults;

namespace {

constexpr unsigned number = 3;

struct OneChannel : Preloaded {
  ChannelIdentity& is = channel(number);

  explicit OneChannel(std::initializer_list<std::string_view> calls) {
    Rule& made = rule(Action::error, calls);
    made.error = ENOLINK;
    made.illegal = true;
    made.any_channel = false;
    made.channels.add(number);
  }

  /// The other one, the channel, the other one again.
  void check(const std::string& kind, const std::string& mine, const std::string& other) {
    INFO(kind);
    const Outcome outcome = run_probe({"touch", kind, mine, other});
    CHECK(outcome.status == 0);
    CHECK(outcome.output == "free hit free \n");
    for (const Decided& decided : decisions()) CHECK(decided.key.channel == number + 1);
    CHECK(diary().occurrences[0] == 1);
  }
};

void identify(ChannelIdentity& channel, const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  channel.device = status.st_dev;
  channel.inode = status.st_ino;
}

template <std::size_t size>
void copy(char (&to)[size], const std::string& from) {
  from.copy(to, size - 1);
}

struct Listener {
  FileDescriptor socket;
  explicit Listener(const std::string& path) : socket(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{AF_UNIX, {}};
    copy(address.sun_path, path);
    listen_at(reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  Listener() : socket(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listen_at(reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  void listen_at(const sockaddr* address, socklen_t size) {
    REQUIRE(bind(socket.get(), address, size) == 0);
    REQUIRE(listen(socket.get(), 8) == 0);
  }
  std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    REQUIRE(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return ntohs(address.sin_port);
  }
};

struct Queue {
  std::string name;
  explicit Queue(const std::string& suffix) : name("/squall-test-" + std::to_string(getpid()) + suffix) {
    REQUIRE(mq_close(mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, nullptr)) == 0);
  }
  ~Queue() { mq_unlink(name.c_str()); }
};

/// Keys that nobody else has, by the number of this process.
int key_of(int which) {
  return static_cast<int>(0x5c000000u | (static_cast<unsigned>(getpid()) & 0x7fffff) << 1) + which;
}

struct SystemQueue {
  int key, id;
  explicit SystemQueue(int which) : key(key_of(which)), id(msgget(key, IPC_CREAT | IPC_EXCL | 0600)) {
    REQUIRE(id >= 0);
  }
  ~SystemQueue() { msgctl(id, IPC_RMID, nullptr); }
};

struct Segment {
  int key, id;
  explicit Segment(int which) : key(key_of(which)), id(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600)) {
    REQUIRE(id >= 0);
  }
  ~Segment() { shmctl(id, IPC_RMID, nullptr); }
};

}  // namespace

TEST_CASE("a channel is known by its file") {
  for (const auto& [kind, call] : std::map<std::string, std::string_view>{{"write", "write"},
                                                                          {"copy", "write"},
                                                                          {"open", "open"},
                                                                          {"poll", "poll"},
                                                                          {"epoll", "epoll_wait"},
                                                                          {"mutex", "pthread_mutex_lock"}}) {
    OneChannel program({call});
    const std::string mine = program.scratch() / "mine", other = program.scratch() / "other";
    const bool in_memory = kind == "mutex";
    for (const std::string& path : {mine, other})
      REQUIRE((in_memory ? (write_text(path, ""), 0) : mkfifo(path.c_str(), 0600)) == 0);
    identify(program.is, mine);
    // The second occurrence of "write" would be the one that tells.
    program.check(kind, mine, other);
  }
}

TEST_CASE("a channel is known by the path of its socket") {
  OneChannel program({"send"});
  const std::string mine = program.scratch() / "mine", other = program.scratch() / "other";
  const Listener first(mine), second(other);
  copy(program.is.address, mine);
  program.check("unix", mine, other);
}

TEST_CASE("a socket pair is known by both of its ends") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
  OneChannel program({"close"});
  struct stat first {
  }, second{};
  REQUIRE(fstat(ends[0], &first) == 0);
  REQUIRE(fstat(ends[1], &second) == 0);
  program.is.device = first.st_dev;
  program.is.inode = first.st_ino;
  program.is.other_inode = second.st_ino;
  for (int end : ends) CHECK(program.run_probe({"close", std::to_string(end)}).output == "hit\n");
  CHECK(program.run_probe({"close", "0"}).output == "free\n");
  for (int end : ends) close(end);
}

TEST_CASE("a channel is known by its port") {
  OneChannel program({"send"});
  const Listener mine, other;
  program.is.port = mine.port();
  program.check("tcp", std::to_string(mine.port()), std::to_string(other.port()));
}

TEST_CASE("a channel is known by the name of its queue") {
  OneChannel program({"mq_send"});
  const Queue mine("-mine"), other("-other");
  copy(program.is.address, mine.name);
  program.check("mq", mine.name, other.name);
}

TEST_CASE("a channel is known by its System V key") {
  OneChannel queues({"msgsnd"});
  const SystemQueue mine(0), other(1);
  queues.is.key = mine.key;
  queues.check("sysv", std::to_string(mine.key), std::to_string(other.key));

  OneChannel segments({"sem_post"});
  const Segment my_segment(0), other_segment(1);
  segments.is.key = my_segment.key;
  segments.check("segment", std::to_string(my_segment.key), std::to_string(other_segment.key));
}

}  // namespace squall::tests
