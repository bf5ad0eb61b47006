#include "tests/benchmarks/bare_loops.h"

#include "ipc/descriptor.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace squall::benchmarks {
namespace {

template <class T>
T must(T result, const char* call) {
  if (result >= 0) return result;
  std::perror(call);
  std::abort();
}

std::string scratch_path(const char* suffix) {
  return "/tmp/squall-bench-" + std::to_string(::getpid()) + suffix;
}

/// write() and read() on a pair of descriptors, until all the bytes have passed.
class StreamLoop final : public BareLoop {
 public:
  StreamLoop(int reading, int writing) : reading_(reading), writing_(writing) {}
  std::string_view calls() const override { return "write/read"; }
  void send(const std::byte* bytes, std::size_t size) override {
    for (std::size_t done = 0; done < size;) {
      done += static_cast<std::size_t>(must(::write(writing_.get(), bytes + done, size - done), "write"));
    }
  }
  void receive(std::byte* bytes, std::size_t size) override {
    for (std::size_t done = 0; done < size;) {
      done += static_cast<std::size_t>(must(::read(reading_.get(), bytes + done, size - done), "read"));
    }
  }

 private:
  FileDescriptor reading_;
  FileDescriptor writing_;
};

class PacketLoop final : public BareLoop {
 public:
  PacketLoop(int receiving, int sending) : receiving_(receiving), sending_(sending) {}
  std::string_view calls() const override { return "send/recv"; }
  void send(const std::byte* bytes, std::size_t size) override {
    must(::send(sending_.get(), bytes, size, 0), "send");
  }
  void receive(std::byte* bytes, std::size_t size) override {
    must(::recv(receiving_.get(), bytes, size, 0), "recv");
  }

 private:
  FileDescriptor receiving_;
  FileDescriptor sending_;
};

class EventLoop final : public BareLoop {
 public:
  EventLoop() : counter_(must(::eventfd(0, EFD_SEMAPHORE), "eventfd")) {}
  std::string_view calls() const override { return "write/read of 8 bytes"; }
  void send(const std::byte*, std::size_t) override {
    const std::uint64_t token = 1;
    must(::write(counter_.get(), &token, sizeof token), "write");
  }
  void receive(std::byte* bytes, std::size_t) override { must(::read(counter_.get(), bytes, 8), "read"); }

 private:
  FileDescriptor counter_;
};

class MemfdLoop final : public BareLoop {
 public:
  MemfdLoop(int receiving, int sending) : receiving_(receiving), sending_(sending) {}
  std::string_view calls() const override {
    return "memfd_create/write/F_ADD_SEALS/sendmsg, recvmsg/fstat/read/close";
  }

  void send(const std::byte* bytes, std::size_t size) override {
    const FileDescriptor file(must(::memfd_create("bare", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"));
    must(::write(file.get(), bytes, size), "write");
    must(::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
         "F_ADD_SEALS");
    header_.msg_controllen = sizeof control_;
    cmsghdr* const rights = CMSG_FIRSTHDR(&header_);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = file.get();
    std::memcpy(CMSG_DATA(rights), &number, sizeof number);
    must(::sendmsg(sending_.get(), &header_, 0), "sendmsg");
  }
  void receive(std::byte* bytes, std::size_t) override {
    header_.msg_controllen = sizeof control_;
    must(::recvmsg(receiving_.get(), &header_, MSG_CMSG_CLOEXEC), "recvmsg");
    int number = -1;
    std::memcpy(&number, CMSG_DATA(CMSG_FIRSTHDR(&header_)), sizeof number);
    const FileDescriptor file(number);
    struct stat status {};
    must(::fstat(number, &status), "fstat");
    must(::pread(number, bytes, static_cast<std::size_t>(status.st_size), 0), "pread");
  }

 private:
  FileDescriptor receiving_;
  FileDescriptor sending_;
  char byte_ = 'm';
  iovec part_{&byte_, 1};
  alignas(cmsghdr) char control_[CMSG_SPACE(sizeof(int))] = {};
  msghdr header_{nullptr, 0, &part_, 1, control_, sizeof control_, 0};
};

class PosixQueueLoop final : public BareLoop {
 public:
  explicit PosixQueueLoop(std::size_t size) {
    const std::string name = "/squall-bench-" + std::to_string(::getpid());
    mq_attr attributes{};
    attributes.mq_maxmsg = 8;  // as ours by default
    attributes.mq_msgsize = static_cast<long>(size);
    queue_ = must(::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes), "mq_open");
    ::mq_unlink(name.c_str());
  }
  ~PosixQueueLoop() override { ::mq_close(queue_); }
  std::string_view calls() const override { return "mq_send/mq_receive"; }
  void send(const std::byte* bytes, std::size_t size) override {
    must(::mq_send(queue_, reinterpret_cast<const char*>(bytes), size, 0), "mq_send");
  }
  void receive(std::byte* bytes, std::size_t size) override {
    must(::mq_receive(queue_, reinterpret_cast<char*>(bytes), size, nullptr), "mq_receive");
  }

 private:
  mqd_t queue_;
};

class SysvQueueLoop final : public BareLoop {
 public:
  explicit SysvQueueLoop(std::size_t size)
      : queue_(must(::msgget(IPC_PRIVATE, 0600), "msgget")),
        maker_(::getpid()),
        message_(sizeof(long) + size) {
    const long type = 1;
    std::memcpy(message_.data(), &type, sizeof type);
  }
  ~SysvQueueLoop() override {
    if (::getpid() == maker_) ::msgctl(queue_, IPC_RMID, nullptr);
  }
  std::string_view calls() const override { return "msgsnd/msgrcv"; }
  void send(const std::byte* bytes, std::size_t size) override {
    std::memcpy(&message_[sizeof(long)], bytes, size);
    must(::msgsnd(queue_, message_.data(), size, 0), "msgsnd");
  }
  void receive(std::byte* bytes, std::size_t size) override {
    must(::msgrcv(queue_, message_.data(), size, 0, 0), "msgrcv");
    std::memcpy(bytes, &message_[sizeof(long)], size);
  }

 private:
  int queue_;
  pid_t maker_;
  std::vector<std::byte> message_;
};

/// No system call carries bytes through shared memory: a ring of slots, memcpy in and out, a futex to sleep
/// on when it is empty or full.
class MemoryLoop final : public BareLoop {
 public:
  explicit MemoryLoop(std::size_t size)
      : stride_((size + 63) / 64 * 64), length_(sizeof(Shared) + slots * stride_) {
    void* memory = ::mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    shared_ = new (memory) Shared;
    bytes_ = static_cast<std::byte*>(memory) + sizeof(Shared);
  }
  ~MemoryLoop() override { ::munmap(shared_, length_); }
  std::string_view calls() const override {
    return "memcpy and futex hand-over (there is no bare system call)";
  }
  void send(const std::byte* bytes, std::size_t size) override {
    const std::uint32_t position = shared_->sent.load();
    for (std::uint32_t seen = 0; position - (seen = shared_->received.load()) == slots;)
      sleep_on(shared_->received, seen);
    std::memcpy(slot(position), bytes, size);
    advance(shared_->sent);
  }
  void receive(std::byte* bytes, std::size_t size) override {
    const std::uint32_t position = shared_->received.load();
    while (shared_->sent.load() == position) sleep_on(shared_->sent, position);
    std::memcpy(bytes, slot(position), size);
    advance(shared_->received);
  }

 private:
  static constexpr std::uint32_t slots = 64;
  struct Shared {
    alignas(64) std::atomic<std::uint32_t> sent{0};
    alignas(64) std::atomic<std::uint32_t> received{0};
    alignas(64) std::atomic<std::uint32_t> sleepers{0};
  };

  std::byte* slot(std::uint32_t position) const { return bytes_ + (position % slots) * stride_; }
  void sleep_on(std::atomic<std::uint32_t>& word, std::uint32_t seen) {
    shared_->sleepers.fetch_add(1);
    ::syscall(SYS_futex, &word, FUTEX_WAIT, seen, nullptr, nullptr, 0);
    shared_->sleepers.fetch_sub(1);
  }
  void advance(std::atomic<std::uint32_t>& word) {
    word.fetch_add(1);
    if (shared_->sleepers.load() != 0) ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }

  std::size_t stride_;
  std::size_t length_;
  Shared* shared_;
  std::byte* bytes_;
};

std::unique_ptr<BareLoop> pipe_loop() {
  int ends[2];
  must(::pipe(ends), "pipe");
  return std::make_unique<StreamLoop>(ends[0], ends[1]);
}

std::unique_ptr<BareLoop> fifo_loop() {
  const std::string path = scratch_path(".fifo");
  must(::mkfifo(path.c_str(), 0600), "mkfifo");
  const int reading = must(::open(path.c_str(), O_RDONLY | O_NONBLOCK), "open");
  const int writing = must(::open(path.c_str(), O_WRONLY), "open");
  must(::fcntl(reading, F_SETFL, O_RDONLY), "fcntl");
  ::unlink(path.c_str());
  return std::make_unique<StreamLoop>(reading, writing);
}

std::pair<int, int> unix_pair(int type) {
  int pair[2];
  must(::socketpair(AF_UNIX, type, 0, pair), "socketpair");
  return {pair[0], pair[1]};
}

std::unique_ptr<BareLoop> dgram_loop() {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, scratch_path(".dgram").c_str(), sizeof name.sun_path - 1);
  const int receiving = must(::socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
  const int sending = must(::socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
  must(::bind(receiving, reinterpret_cast<sockaddr*>(&name), sizeof name), "bind");
  must(::connect(sending, reinterpret_cast<sockaddr*>(&name), sizeof name), "connect");
  ::unlink(name.sun_path);
  return std::make_unique<PacketLoop>(receiving, sending);
}

std::unique_ptr<BareLoop> tcp_loop() {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof name;
  const FileDescriptor listener(must(::socket(AF_INET, SOCK_STREAM, 0), "socket"));
  must(::bind(listener.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), "bind");
  must(::listen(listener.get(), 1), "listen");
  must(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name), &length), "getsockname");
  const int writing = must(::socket(AF_INET, SOCK_STREAM, 0), "socket");
  must(::connect(writing, reinterpret_cast<sockaddr*>(&name), sizeof name), "connect");
  const int on = 1;
  must(::setsockopt(writing, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "setsockopt");
  const int reading = must(::accept(listener.get(), nullptr, nullptr), "accept");
  return std::make_unique<StreamLoop>(reading, writing);
}

}  // namespace

std::unique_ptr<BareLoop> bare_loop(std::string_view transport, std::size_t size) {
  if (transport == "pipe") return pipe_loop();
  if (transport == "fifo") return fifo_loop();
  if (transport == "tcp") return tcp_loop();
  if (transport == "unix-dgram") return dgram_loop();
  if (transport == "eventfd") return std::make_unique<EventLoop>();
  if (transport == "posix-mq") return std::make_unique<PosixQueueLoop>(size);
  if (transport == "sysv-mq") return std::make_unique<SysvQueueLoop>(size);
  if (transport.starts_with("shm-") || transport == "mmap-file") return std::make_unique<MemoryLoop>(size);
  if (transport == "unix-stream") {
    const auto [reading, writing] = unix_pair(SOCK_STREAM);
    return std::make_unique<StreamLoop>(reading, writing);
  }
  if (transport == "unix-seqpacket" || transport == "memfd") {
    const auto [receiving, sending] = unix_pair(SOCK_SEQPACKET);
    if (transport == "memfd") return std::make_unique<MemfdLoop>(receiving, sending);
    return std::make_unique<PacketLoop>(receiving, sending);
  }
  return nullptr;
}

}  // namespace squall::benchmarks
