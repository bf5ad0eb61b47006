#include "tests/ipc/fixture.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <stdexcept>

namespace squall::ipc::test {
namespace {

constexpr unsigned hang_after_seconds = 60;

timespec to_timespec(std::uint64_t ns) {
  return {.tv_sec = static_cast<time_t>(ns / 1'000'000'000),
          .tv_nsec = static_cast<long>(ns % 1'000'000'000)};
}

std::size_t entries_of(const char* directory) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

}  // namespace

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

std::vector<const Transport*> transports_with(Capabilities wanted, Capabilities unwanted) {
  std::vector<const Transport*> chosen;
  for (const Transport* each : transports()) {
    const std::uint32_t bits = each->capabilities().bits;
    const bool fits = (bits & wanted.bits) == wanted.bits && (bits & unwanted.bits) == 0;
    if (fits && !each->unavailable()) chosen.push_back(each);
  }
  return chosen;
}

Directory::Directory() : path_("/tmp/squall-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp");
}

Directory::~Directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> Directory::entries() const {
  std::vector<std::string> names;
  for (const auto& each : std::filesystem::directory_iterator(path_)) names.push_back(each.path().filename());
  return names;
}

World::World() {
  static int count = 0;
  name_ = "squall-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
  std::signal(SIGPIPE, SIG_IGN);
  ::alarm(hang_after_seconds);
}

World::~World() { ::alarm(0); }

ChannelOptions World::options() const {
  ChannelOptions options;
  options.name = name_;
  options.directory = directory_.path();
  return options;
}

Child::Child(const std::function<int()>& body) : pid_(::fork()) {
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::alarm(hang_after_seconds);
  ::_exit(body());
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

Child::~Child() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Child::kill(int signal) const { ::kill(pid_, signal); }

int Child::wait() {
  const FileDescriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd entry{.fd = handle.get(), .events = POLLIN, .revents = 0};
  if (::poll(&entry, 1, static_cast<int>(patience_ns / millisecond_ns)) != 1) return -1;
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::unique_ptr<Sender> sender_in_child(Channel& channel) {
  auto sender = channel.sender();
  channel.detach();
  channel.release();
  return sender ? std::move(*sender) : nullptr;
}

std::unique_ptr<Receiver> receiver_in_child(Channel& channel) {
  auto receiver = channel.receiver();
  channel.detach();
  channel.release();
  return receiver ? std::move(*receiver) : nullptr;
}

Counters::Counters(std::size_t count) : count_(count) {
  void* memory =
      ::mmap(nullptr, count * sizeof *counters_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("mmap");
  counters_ = static_cast<std::atomic<std::uint32_t>*>(memory);
}

Counters::~Counters() { ::munmap(counters_, count_ * sizeof *counters_); }

void Counters::raise(std::size_t index) const {
  counters_[index].fetch_add(1);
  ::syscall(SYS_futex, &counters_[index], FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

bool Counters::reached(std::size_t index, std::uint32_t value, std::uint64_t patience) const {
  const std::uint64_t deadline = now_ns() + patience;
  for (;;) {
    const std::uint32_t seen = counters_[index].load();
    if (seen >= value) return true;
    const std::uint64_t now = now_ns();
    if (now >= deadline) return false;
    const timespec left = to_timespec(deadline - now);
    ::syscall(SYS_futex, &counters_[index], FUTEX_WAIT, seen, &left, nullptr, 0);
  }
}

std::vector<std::byte> message(std::uint32_t sender, std::uint32_t number, std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(sender * 31 + number * 7 + i);
  const Label written{sender, number};
  if (size != 0) std::memcpy(bytes.data(), &written, std::min(size, sizeof written));
  return bytes;
}

Label label(std::span<const std::byte> message) {
  Label read{};
  if (!message.empty()) std::memcpy(&read, message.data(), std::min(message.size(), sizeof read));
  return read;
}

bool means_gone(int error_number) {
  return error_number == EPIPE || error_number == ECONNRESET || error_number == ECONNREFUSED;
}

std::size_t open_descriptors() { return entries_of("/proc/self/fd"); }

std::size_t small_size(const Transport& transport) {
  return std::min<std::size_t>(64, transport.limits().max_message);
}

}  // namespace squall::ipc::test
