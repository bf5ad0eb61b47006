// Workloads that race to make the same thing. Exactly one may make it; nobody may use it half made.
#include "harness/worker/workloads/workloads.h"
#include "ipc/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <memory>

namespace squall::worker {
namespace {

using history::Call;
using history::Operation;
using history::Status;

constexpr std::size_t page = 4096;
constexpr std::uint64_t default_channel_rounds = 6;

/// What the racers make: ready says that the value may be read.
struct Made {
  std::atomic<std::uint64_t> value;
  std::atomic<std::uint32_t> ready;
};

using MadePage = std::unique_ptr<Made, void (*)(Made*)>;

MadePage map(const Worker& worker, const FileDescriptor& object) {
  void* mapped = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, object.get(), 0);
  if (mapped == MAP_FAILED) worker.fail(failed("mmap").value().message());
  return {static_cast<Made*>(mapped), [](Made* made) { munmap(made, page); }};
}

void wait_for_size(const Worker& worker, const FileDescriptor& object) {
  struct stat status {};
  while (fstat(object.get(), &status) == 0 && status.st_size == 0) sched_yield();
  if (status.st_size != static_cast<off_t>(page)) worker.fail("the other one's object has an odd size");
}

/// True: this process was the one that made it.
bool make(Worker& worker, unsigned channel, const std::string& name, std::uint64_t round) {
  const FileDescriptor object(shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (!object && errno == EEXIST) return false;
  if (!object) worker.fail(failed("shm_open").value().message());
  Operation& write =
      worker.begin(Call::write, channel, (std::uint64_t{worker.self().number} + 1) << 32 | (round + 1));
  if (ftruncate(object.get(), page) != 0) worker.fail(failed("ftruncate").value().message());
  const MadePage made = map(worker, object);
  made->value.store(write.value, std::memory_order_relaxed);
  made->ready.store(1, std::memory_order_release);
  worker.finish(write, Status::ok);
  return true;
}

void look(Worker& worker, unsigned channel, const std::string& name) {
  const FileDescriptor object(shm_open(name.c_str(), O_RDWR | O_CLOEXEC, 0));
  if (!object) worker.fail("it exists and cannot be opened: " + failed("shm_open").value().message());
  wait_for_size(worker, object);
  const MadePage made = map(worker, object);
  while (made->ready.load(std::memory_order_acquire) == 0) sched_yield();
  Operation& read = worker.begin(Call::read, channel, 0);
  read.value = made->value.load(std::memory_order_relaxed);
  worker.finish(read, Status::ok);
}

/// Meetings follow each other; the same number serves all rounds.
class Rounds {
 public:
  Rounds(Worker& worker, unsigned count) : worker_(worker), count_(count) {}
  void meet() { worker_.meet(0, count_ * ++met_); }

 private:
  Worker& worker_;
  unsigned count_;
  unsigned met_ = 0;
};

}  // namespace

int run_create_memory(Worker& worker) {
  const unsigned channel = worker.only_sent();
  const unsigned racers = worker.attached_to(channel);
  auto* creators = reinterpret_cast<std::atomic<std::uint64_t>*>(worker.memory(channel).bytes().data());
  Rounds rounds(worker, racers);
  for (std::uint64_t round = 0; round < worker.messages(10); ++round) {
    const std::string name = fmt::format("/{}-round-{}", worker.plan().channels[channel].options.name, round);
    rounds.meet();
    const bool maker = make(worker, channel, name, round);
    if (maker) creators->fetch_add(1);
    look(worker, channel, name);
    rounds.meet();
    if (creators->load() != round + 1)
      worker.fail(fmt::format("{} processes were told that they had made it, in {} rounds", creators->load(),
                              round + 1));
    if (maker) shm_unlink(name.c_str());
  }
  return 0;
}

int run_create_channel(Worker& worker) {
  const unsigned number = worker.only_sent();
  const plan::Channel& like = worker.plan().channels[number];
  const ipc::Transport* transport = ipc::find_transport(like.transport);
  Rounds rounds(worker, static_cast<unsigned>(like.senders.size()));
  for (std::uint64_t round = 0; round < worker.messages(default_channel_rounds); ++round) {
    ipc::ChannelOptions options = like.options;
    options.name += fmt::format("-r{}", round);
    rounds.meet();
    auto made = transport->create(options);
    if (!made && made.error().number != EEXIST) worker.fail("it is not EEXIST: " + made.error().message());
    if (made) worker.expect((*made)->receiver().map([](const auto&) {}));
    if (made && !worker.deliver(number, worker.next_tag(number))) worker.fail("nobody counts the makers");
    rounds.meet();
  }
  return 0;
}

int run_count_makers(Worker& worker) {
  const unsigned channel = worker.only_received();
  const std::uint64_t rounds = worker.messages(default_channel_rounds);
  std::uint64_t makers = 0;
  while (worker.receive(channel)) ++makers;
  if (makers != rounds) worker.fail(fmt::format("{} channels were made in {} rounds", makers, rounds));
  return 0;
}

}  // namespace squall::worker
