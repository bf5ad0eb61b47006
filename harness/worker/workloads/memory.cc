// Workloads on shared memory: a lock, a register, a counter, a log, and its creation by several at once.
#include "harness/worker/workloads/workloads.h"
#include "ipc/seqlock.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

namespace squall::worker {
namespace {

using history::Call;
using history::Operation;
using history::Status;

constexpr std::size_t register_words = 16;
// The layout of the region, a cache line each: a word that only its lock protects, a counter, a turn and the
// value that is handed over with it; then the register, and the log.
constexpr std::size_t owner_at = 0, counter_at = 64, turn_at = 128, value_at = 192, register_at = 256,
                      log_at = 1024;
constexpr std::uint64_t log_capacity = 256;
constexpr std::uint64_t attempts_a_turn = 100, patience_ns = 500'000'000;

std::uint64_t& plain_word(Worker& worker, unsigned channel, std::size_t offset) {
  return *reinterpret_cast<std::uint64_t*>(worker.memory(channel).bytes().data() + offset);
}

std::atomic_ref<std::uint64_t> shared_word(Worker& worker, unsigned channel, std::size_t offset) {
  return std::atomic_ref<std::uint64_t>(plain_word(worker, channel, offset));
}

unsigned only_channel(Worker& worker) {
  return worker.self().sends.empty() ? worker.only_received() : worker.only_sent();
}

/// Takes the lock. True: its owner had died.
bool acquire(Worker& worker, unsigned channel) {
  Operation& operation = worker.begin(Call::acquire, channel, 0);
  const Result<bool> orphaned = worker.memory(channel).lock();
  operation.detail = orphaned && *orphaned ? 1 : 0;
  worker.finish(operation, orphaned ? Status::ok : Status::fail, orphaned ? 0 : orphaned.error().number);
  return worker.expect(orphaned);
}

void release(Worker& worker, unsigned channel) {
  Operation& operation = worker.begin(Call::release, channel, 0);
  const Result<void> released = worker.memory(channel).unlock();
  worker.finish(operation, released ? Status::ok : Status::fail, released ? 0 : released.error().number);
  worker.expect(released);
}

ipc::Seqlock shared_register(Worker& worker, unsigned channel) {
  return ipc::Seqlock::over(worker.memory(channel).bytes().subspan(register_at), register_words);
}

/// False: a writer has been at work for longer than any writer that lives.
bool load_patiently(const ipc::Seqlock& source, std::span<std::uint64_t> words) {
  const std::uint64_t until_ns = history::now_ns() + patience_ns;
  while (!source.load(words, attempts_a_turn)) {
    if (history::now_ns() >= until_ns) return false;
    sched_yield();
  }
  return true;
}

}  // namespace

/// The owner writes its name into a word that the lock protects, and must find it unchanged.
int run_hold_lock(Worker& worker) {
  const unsigned channel = only_channel(worker);
  const std::uint64_t rounds = worker.messages(100), name = worker.self().number + 1;
  std::uint64_t& owner = plain_word(worker, channel, owner_at);
  worker.meet(0, worker.attached_to(channel));
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const bool orphaned = acquire(worker, channel);
    if (!orphaned && owner != 0) worker.fail("the lock was taken while another process was inside");
    owner = name;
    sched_yield();
    if (owner != name) worker.fail("another process came in while the lock was held");
    owner = 0;
    release(worker, channel);
  }
  return 0;
}

/// Stores values of sixteen equal words, under the lock when there are several writers.
int run_write_register(Worker& worker) {
  const unsigned channel = only_channel(worker);
  ipc::Seqlock target = shared_register(worker, channel);
  std::array<std::uint64_t, register_words> words{};
  const std::uint64_t rounds = worker.messages(300);
  worker.meet(0, worker.attached_to(channel));
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    words.fill(std::uint64_t{worker.self().number + 1} << 32 | round);
    Operation& operation = worker.begin(Call::write, channel, words[0]);
    worker.expect(worker.memory(channel).lock());
    target.store(words);
    worker.expect(worker.memory(channel).unlock());
    worker.finish(operation, Status::ok);
  }
  return 0;
}

/// Loads the register again and again; two words that differ would be a torn read. It gives up when a writer
/// died at work and nobody comes to repair the register.
int run_read_register(Worker& worker) {
  const unsigned channel = only_channel(worker);
  const ipc::Seqlock source = shared_register(worker, channel);
  std::array<std::uint64_t, register_words> words{};
  const std::uint64_t rounds = worker.messages(300);
  worker.meet(0, worker.attached_to(channel));
  for (std::uint64_t round = 0; round < rounds; ++round) {
    Operation& operation = worker.begin(Call::read, channel, 0);
    if (!load_patiently(source, words)) {
      worker.finish(operation, Status::fail, EAGAIN);
      return 0;
    }
    operation.value = words[0];
    for (std::uint64_t word : words)
      if (word != words[0]) operation.detail = word;
    worker.finish(operation, Status::ok);
  }
  return 0;
}

/// Adds one, atomically, again and again.
int run_count(Worker& worker) {
  const unsigned channel = only_channel(worker);
  const auto counter = shared_word(worker, channel, counter_at);
  const std::uint64_t rounds = worker.messages(500);
  worker.meet(0, static_cast<unsigned>(worker.plan().channels[channel].senders.size()));
  for (std::uint64_t round = 0; round < rounds; ++round) {
    Operation& operation = worker.begin(Call::add, channel, 1);
    operation.detail = counter.fetch_add(1, std::memory_order_acq_rel);
    worker.finish(operation, Status::ok);
  }
  return 0;
}

int run_read_counter(Worker& worker) {
  const unsigned channel = only_channel(worker);
  Operation& operation = worker.begin(Call::read, channel, 0);
  operation.value = shared_word(worker, channel, counter_at).load(std::memory_order_acquire);
  worker.finish(operation, Status::ok);
  return 0;
}

namespace {

/// Looks at the turn until it has come. It is an atomic: the compiler must not look only once.
void await_turn(Worker& worker, unsigned channel, std::uint64_t turn) {
  const auto now = shared_word(worker, channel, turn_at);
  while (now.load(std::memory_order_acquire) != turn) sched_yield();
}

void pass_turn(Worker& worker, unsigned channel, std::uint64_t turn) {
  shared_word(worker, channel, turn_at).store(turn, std::memory_order_release);
}

}  // namespace

/// Stores a plain value and says so by the turn; even turns are its own.
int run_publish(Worker& worker) {
  const unsigned channel = only_channel(worker);
  const std::uint64_t rounds = worker.messages(50);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    await_turn(worker, channel, 2 * round);
    Operation& operation = worker.begin(Call::write, channel, round + 1);
    plain_word(worker, channel, value_at) = round + 1;
    pass_turn(worker, channel, 2 * round + 1);
    worker.finish(operation, Status::ok);
  }
  return 0;
}

/// Loads the value when its turn has come; odd turns are its own.
int run_poll(Worker& worker) {
  const unsigned channel = only_channel(worker);
  const std::uint64_t rounds = worker.messages(50);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    await_turn(worker, channel, 2 * round + 1);
    Operation& operation = worker.begin(Call::read, channel, 0);
    operation.value = plain_word(worker, channel, value_at);
    worker.finish(operation, Status::ok);
    pass_turn(worker, channel, 2 * round + 2);
  }
  return 0;
}

/// Appends records to a log in the memory, and makes each durable before it says so.
int run_persist(Worker& worker) {
  const unsigned channel = only_channel(worker);
  const auto length = shared_word(worker, channel, counter_at);
  const std::uint64_t rounds = std::min(worker.messages(100), log_capacity);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const std::uint64_t tag = worker.next_tag(channel).pack();
    Operation& operation = worker.begin(Call::persist, channel, tag);
    const std::uint64_t at = length.load(std::memory_order_relaxed);
    plain_word(worker, channel, log_at + 8 * at) = tag;
    length.store(at + 1, std::memory_order_release);
    worker.expect(worker.memory(channel).sync());
    worker.finish(operation, Status::ok);
  }
  return 0;
}

/// Reads the log back, to its end.
int run_recover(Worker& worker) {
  const unsigned channel = only_channel(worker);
  const std::uint64_t length = shared_word(worker, channel, counter_at).load(std::memory_order_acquire);
  for (std::uint64_t at = 0; at < std::min(length, log_capacity); ++at) {
    Operation& operation = worker.begin(Call::recover, channel, plain_word(worker, channel, log_at + 8 * at));
    worker.finish(operation, Status::ok);
  }
  worker.finish(worker.begin(Call::recover, channel, 0), Status::end);
  return 0;
}

}  // namespace squall::worker
