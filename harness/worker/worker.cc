#include "harness/worker/worker.h"

#include "harness/worker/message.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

namespace squall::worker {
namespace {

using history::Call;
using history::Operation;
using history::Status;
using history::Tag;

constexpr std::size_t tag_bytes = 8;
constexpr std::uint64_t default_payload = 56;

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_peer_gone(int error) {
  return error == EPIPE || error == ECONNRESET || error == ECONNREFUSED || error == ENOTCONN;
}

[[noreturn]] void die(int status, const std::string& message) {
  std::fputs((message + "\n").c_str(), stderr);
  std::fflush(stderr);
  _exit(status);
}

}  // namespace

int count_descriptors() {
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return -1;
  int count = -3;  // ".", ".." and the directory itself
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

Placement Placement::from_environment() {
  const char* text = std::getenv(placement_variable);
  if (text == nullptr)
    die(3, fmt::format("{} is not set: this program is started by squall", placement_variable));
  return from_json(text);
}

Worker Worker::from_environment() {
  const Placement placement = Placement::from_environment();
  return {placement, plan::from_json(read_file(placement.evidence + "/plan.json"))};
}

/// As many as the plan names: what the process with most to do will send, receive or both.
static std::size_t all_messages(const plan::Plan& plan) {
  std::size_t all = 0;
  for (const plan::Process& process : plan.processes) all += process.is.messages.value_or(0);
  return all;
}

Worker::Worker(const Placement& placement, plan::Plan plan)
    : plan_(std::move(plan)), number_(placement.process) {
  auto control = open_control(placement.control, false);
  if (!control) broken("control page: " + control.error().message());
  control_ = *control;
  slot_ = &control_->processes[number_];
  slot_->pid = getpid();
  notify_.reset(open(placement.notify.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  random_.seed(self().seed);

  auto recorder = history::Recorder::create(fmt::format("{}/{}.history", placement.evidence, number_),
                                            static_cast<std::uint16_t>(number_), all_messages(plan_));
  if (!recorder) broken("history: " + recorder.error().message());
  recorder_ = std::move(*recorder);
  if (!placement.rules.empty() && !points_.open(placement.rules, placement.diary, number_))
    broken("fault rules: " + Error{errno, "open"}.message());

  std::size_t longest = tag_bytes;
  for (const plan::Channel& channel : plan_.channels)
    longest = std::max(longest, channel.options.max_message);
  outgoing_.resize(longest);
  incoming_.resize(longest + tag_bytes);
  senders_.resize(plan_.channels.size());
  receivers_.resize(plan_.channels.size());
  memories_.resize(plan_.channels.size());

  std::set<int> inherited;
  for (const Inherited& end : placement.ends)
    inherited.insert(end.descriptors.begin(), end.descriptors.end());
  slot_->descriptors_before = count_descriptors() - static_cast<int>(inherited.size());
}

std::uint64_t Worker::patience() const {
  return history::now_ns() + 2 * (start_up_ns + plan_.deadline_ms * 1'000'000u);
}

/// Raw, as all calls that are squall's own while the process's calls count: no rule is about them.
void Worker::wake_supervisor() { syscall(SYS_write, notify_.get(), "", 1); }

void Worker::enter(Stage stage) {
  slot_->stage.store(stage, std::memory_order_release);
  wake_supervisor();
  const auto wanted = static_cast<std::uint32_t>(stage);
  for (std::uint32_t seen; (seen = slot_->permit.load(std::memory_order_acquire)) < wanted;)
    if (!futex_wait(slot_->permit, seen, patience())) broken("the supervisor never gave leave to go on");
}

void Worker::attach_receiving(const Ends& ends, bool memory) {
  std::vector<unsigned> touched = self().receives;
  if (memory) touched.insert(touched.end(), self().sends.begin(), self().sends.end());
  for (unsigned number : touched) {
    if (memory && memories_[number]) continue;
    const std::string& name = plan_.channels[number].name;
    if (memory) {
      auto end = ends.memory(number);
      if (!end) broken(fmt::format("cannot map {}: {}", name, end.error().message()));
      memories_[number] = std::move(*end);
    } else {
      auto end = ends.receiver(number);
      if (!end) broken(fmt::format("cannot receive from {}: {}", name, end.error().message()));
      receivers_[number] = std::move(*end);
    }
  }
}

void Worker::attach_sending(const Ends& ends) {
  for (unsigned number : self().sends) {
    auto end = ends.sender(number);
    if (!end)
      broken(fmt::format("cannot send on {}: {}", plan_.channels[number].name, end.error().message()));
    senders_[number] = std::move(*end);
  }
}

void Worker::attach(const Ends& ends, bool memory) {
  attach_receiving(ends, memory);
  enter(Stage::received);
  if (!memory) attach_sending(ends);
  if (ends.attached) ends.attached();
  install_handlers();
  enter(Stage::attached);
  watch_rules();
  slot_->stage.store(Stage::running, std::memory_order_release);
}

void Worker::close() {
  for (unsigned number = 0; number < plan_.channels.size(); ++number) close(number);
  forget_rules();
  slot_->descriptors_after = count_descriptors();
  slot_->stage.store(Stage::closed, std::memory_order_release);
  wake_supervisor();
}

void Worker::close(unsigned channel) {
  senders_[channel].reset();
  receivers_[channel].reset();
  memories_[channel].reset();
}

bool Worker::is_closed(unsigned channel) const {
  return !senders_[channel] && !receivers_[channel] && !memories_[channel];
}

void Worker::meet(unsigned meeting, unsigned count) {
  std::atomic<std::uint32_t>& arrivals = control_->meetings[meeting % max_meetings];
  arrivals.fetch_add(1, std::memory_order_acq_rel);
  futex_wake(arrivals);
  for (std::uint32_t seen; (seen = arrivals.load(std::memory_order_acquire)) < count;)
    if (!futex_wait(arrivals, seen, patience())) broken(fmt::format("nobody came to meeting {}", meeting));
}

unsigned Worker::attached_to(unsigned channel) const {
  std::set<unsigned> all(plan_.channels[channel].senders.begin(), plan_.channels[channel].senders.end());
  all.insert(plan_.channels[channel].receivers.begin(), plan_.channels[channel].receivers.end());
  std::erase_if(all, [this](unsigned process) { return !plan_.processes[process].is.after.empty(); });
  return static_cast<unsigned>(all.size());
}

void Worker::wait_until_asleep(unsigned process) const {
  const std::string path = fmt::format("/proc/{}/stat", pid_of(process));
  for (const std::uint64_t until = patience(); history::now_ns() < until; sched_yield()) {
    const std::string status = read_file(path);
    if (const std::size_t name = status.rfind(')'); status.compare(name + 1, 2, " S") == 0) return;
  }
  fail(plan_.processes[process].name() + " never fell asleep");
}

Operation& Worker::begin(Call call, unsigned channel, std::uint64_t value, std::uint32_t size,
                         unsigned priority) {
  if (has_rules_) let_faults_happen(call, channel);
  doing(call, channel);
  return recorder_.begin(call, static_cast<std::uint16_t>(channel), value, size,
                         static_cast<std::uint16_t>(priority));
}

void Worker::doing(Call call, unsigned channel) {
  slot_->operations.store(slot_->operations.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  slot_->doing.store(static_cast<std::uint32_t>(call) << 16 | channel, std::memory_order_relaxed);
}

void Worker::finish(Operation& operation, Status status, int error) {
  history::Recorder::finish(operation, status, error);
  slot_->doing.store(0, std::memory_order_relaxed);
}

Tag Worker::next_tag(unsigned channel) {
  const plan::Channel& on = plan_.channels[channel];
  std::uint64_t payload = std::min<std::uint64_t>(default_payload, on.options.max_message - tag_bytes);
  if (self().is.size)
    payload = std::uniform_int_distribution(self().is.size->low, self().is.size->high)(random_);
  return {static_cast<std::uint8_t>(number_), ++sequence_, static_cast<std::uint32_t>(payload + tag_bytes)};
}

unsigned Worker::next_priority() {
  const scenario::Range range = self().is.priority;
  return static_cast<unsigned>(std::uniform_int_distribution(range.low, range.high)(random_));
}

Sent Worker::send(unsigned channel, Tag tag, unsigned priority) {
  const std::span<std::byte> message(outgoing_.data(), tag.size);
  write_message(tag, message);
  if (has_rules_) let_faults_happen(Call::send, channel);
  if (is_closed(channel)) return Sent::peer_gone;
  doing(Call::send, channel);
  Operation& operation = recorder_.begin(Call::send, static_cast<std::uint16_t>(channel), tag.pack(),
                                         tag.size, static_cast<std::uint16_t>(priority));
  const Result<void> sent = senders_[channel]->send(message, priority);
  finish(operation, sent ? Status::ok : Status::fail, sent ? 0 : sent.error().number);
  if (sent) return Sent::yes;
  if (sent.error().number == EAGAIN) {
    slot_->refused.fetch_add(1, std::memory_order_relaxed);
    return Sent::full;
  }
  if (sent.error().number == EMSGSIZE) return Sent::too_long;
  if (is_peer_gone(sent.error().number)) return Sent::peer_gone;
  fail(fmt::format("send on {}: {}", plan_.channels[channel].name, sent.error().message()));
}

bool Worker::deliver(unsigned channel, Tag tag, unsigned priority) {
  for (;;) {
    const Sent sent = send(channel, tag, priority);
    if (sent == Sent::yes) return true;
    if (sent != Sent::full) return false;
    doing(Call::send, channel);
    if (!expect(senders_[channel]->wait(patience())))
      broken("nobody made room in " + plan_.channels[channel].name);
  }
}

Status Worker::try_receive(unsigned channel, Tag& tag) {
  if (has_rules_) let_faults_happen(Call::receive, channel);
  if (is_closed(channel)) return Status::end;
  doing(Call::receive, channel);
  Operation& operation = recorder_.begin(Call::receive, static_cast<std::uint16_t>(channel), 0);
  operation.asked = asked_;
  const Result<ipc::Received> received = receivers_[channel]->receive(incoming_);
  if (!received) {
    finish(operation, Status::fail, received.error().number);
    if (received.error().number == EAGAIN) return Status::fail;
    if (is_peer_gone(received.error().number)) return Status::end;
    fail(fmt::format("receive on {}: {}", plan_.channels[channel].name, received.error().message()));
  }
  if (received->end) {
    finish(operation, Status::end);
    return Status::end;
  }
  const bool payload =
      ipc::find_transport(plan_.channels[channel].transport)->capabilities().has(ipc::Capability::payload);
  const auto size = static_cast<std::uint32_t>(received->size);
  const MessageCheck check =
      payload ? read_message({incoming_.data(), size}) : MessageCheck{{.size = size}, 0, 0};
  tag = check.tag;
  const bool end = payload && tag.producer == history::end_producer;
  operation.value = end ? 0 : tag.pack();
  operation.detail = check.detail;
  operation.flags = check.flags;
  operation.size = size;
  operation.priority = static_cast<std::uint16_t>(received->priority);
  finish(operation, end ? Status::end : Status::ok);
  return end ? Status::end : Status::ok;
}

std::optional<Tag> Worker::receive(unsigned channel) {
  for (;;) {
    Tag tag;
    const Status status = try_receive(channel, tag);
    if (status == Status::ok) return tag;
    if (status == Status::end) return std::nullopt;
    doing(Call::receive, channel);
    if (!expect(receivers_[channel]->wait(patience())))
      broken("nothing came on " + plan_.channels[channel].name);
  }
}

std::string Worker::parameter(std::string_view name, std::string_view otherwise) const {
  const auto found = self().is.with.find(std::string(name));
  return std::string(found == self().is.with.end() ? otherwise : std::string_view(found->second));
}

unsigned Worker::channel(std::string_view name) const {
  for (const std::vector<unsigned>* mine : {&self().sends, &self().receives})
    for (unsigned number : *mine)
      if (plan_.channels[number].base == name || plan_.channels[number].name == name) return number;
  broken(fmt::format("it is on no channel '{}'", name));
}

unsigned Worker::only_sent() const {
  if (self().sends.size() != 1)
    broken(fmt::format("'{}' sends on one channel, not on {}", self().is.does, self().sends.size()));
  return self().sends.front();
}

unsigned Worker::only_received() const {
  if (self().receives.size() != 1)
    broken(
        fmt::format("'{}' receives from one channel, not from {}", self().is.does, self().receives.size()));
  return self().receives.front();
}

ipc::Sender& Worker::sender(unsigned channel) { return *senders_[channel]; }
ipc::Receiver& Worker::receiver(unsigned channel) { return *receivers_[channel]; }
ipc::Memory& Worker::memory(unsigned channel) { return *memories_[channel]; }

void Worker::fail(const std::string& message) const { die(1, self().name() + ": " + message); }
void Worker::broken(const std::string& message) const { die(3, self().name() + ": " + message); }

}  // namespace squall::worker
