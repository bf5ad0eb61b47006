// Workloads on what message queues promise beyond messages: a limit, types, a notice of arrival.
#include "harness/worker/message.h"
#include "harness/worker/workloads/workloads.h"
#include "ipc/descriptor.h"
#include "ipc/sysv_mq.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <mqueue.h>
#include <signal.h>

#include <sstream>

namespace squall::worker {
namespace {

using history::Call;
using history::Operation;
using history::Status;
using history::Tag;

constexpr unsigned types_used = 5;  ///< a message's type tells from its sequence number

void must_be_refused(Worker& worker, unsigned channel) {
  Tag tag = worker.next_tag(channel);
  tag.size = static_cast<std::uint32_t>(worker.plan().channels[channel].options.max_message + 1);
  std::vector<std::byte> message(tag.size);
  write_message(tag, message);
  Operation& send = worker.begin(Call::send, channel, tag.pack(), tag.size);
  const Result<void> sent = worker.sender(channel).send(message);
  const int seen = sent ? 0 : sent.error().number;
  worker.finish(send, sent ? Status::ok : Status::fail, seen);
  if (seen != EMSGSIZE)
    worker.fail(fmt::format("a send of {} bytes where {} are the limit: EMSGSIZE was expected, {} was seen",
                            tag.size, tag.size - 1, Error{seen, ""}.message()));
}

}  // namespace

int run_send_too_long(Worker& worker) {
  const unsigned channel = worker.only_sent();
  for (std::uint64_t sent = 0; sent < worker.messages(30); ++sent) {
    must_be_refused(worker, channel);
    if (!worker.deliver(channel, worker.next_tag(channel))) worker.fail("the receiver is gone");
  }
  return 0;
}

namespace {

void ask_for(Worker& worker, ipc::SysvReceiver& queue, int type) {
  queue.set_type(type);
  worker.note_asked(type);
}

/// Takes what there is of one kind (msgop(2)). True: the end was among it.
bool take_types(Worker& worker, unsigned channel, ipc::SysvReceiver& queue, int wanted) {
  ask_for(worker, queue, wanted);
  bool end = false;
  Tag tag;
  for (Status status; (status = worker.try_receive(channel, tag)) != Status::fail;)
    if (status == Status::end) end = true;
  return end;
}

}  // namespace

int run_send_types(Worker& worker) {
  const unsigned channel = worker.only_sent();
  for (std::uint64_t sent = 0; sent < worker.messages(30); ++sent) {
    const Tag tag = worker.next_tag(channel);
    if (!worker.deliver(channel, tag, tag.sequence % types_used)) worker.fail("the queue is gone");
  }
  return 0;
}

int run_receive_types(Worker& worker) {
  const unsigned channel = worker.only_received();
  auto* queue = dynamic_cast<ipc::SysvReceiver*>(&worker.receiver(channel));
  if (queue == nullptr) worker.broken("messages have types on sysv-mq only");
  std::istringstream kinds(worker.self().is.wants);
  bool end = false;
  for (int wanted = 0; kinds >> wanted;)
    if (take_types(worker, channel, *queue, wanted)) end = true;
  ask_for(worker, *queue, 0);
  if (!end && worker.receive(channel)) worker.fail("a message was left over");
  return 0;
}

namespace {

int notice_signal() { return SIGRTMIN + 5; }

FileDescriptor open_queue(const Worker& worker, unsigned channel) {
  const std::string name = "/" + worker.plan().channels[channel].options.name;
  FileDescriptor queue(mq_open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!queue) worker.fail(failed("mq_open").value().message());
  return queue;
}

int ask_for_notice(const FileDescriptor& queue) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = notice_signal();
  return mq_notify(queue.get(), &event) == 0 ? 0 : errno;
}

/// Whether a notice is there already.
bool notified() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, notice_signal());
  siginfo_t info{};
  const timespec at_once{};
  return sigtimedwait(&set, &info, &at_once) == notice_signal() && info.si_code == SI_MESGQ;
}

void block_notices() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, notice_signal());
  sigprocmask(SIG_BLOCK, &set, nullptr);
}

constexpr unsigned notices = 4;  ///< messages; before and after each of them the two processes meet

}  // namespace

int run_notify(Worker& worker) {
  const unsigned channel = worker.only_sent();
  const FileDescriptor queue = open_queue(worker, channel);
  for (unsigned message = 0; message < notices; ++message) {
    worker.meet(2 * message, 2);
    if (message == 0 && ask_for_notice(queue) != EBUSY)
      worker.fail("two processes are registered for the notices of one queue");
    if (!worker.deliver(channel, worker.next_tag(channel))) worker.fail("the queue is gone");
    worker.meet(2 * message + 1, 2);
  }
  return 0;
}

int run_be_notified(Worker& worker) {
  const unsigned channel = worker.only_received();
  const FileDescriptor queue = open_queue(worker, channel);
  block_notices();
  unsigned message = 0;
  const auto expect_notice = [&](bool expected, const char* why) {
    worker.meet(2 * message, 2);
    worker.meet(2 * message + 1, 2);
    ++message;
    if (notified() != expected)
      worker.fail(fmt::format("{} came, {}", expected ? "no notice" : "a notice", why));
  };
  const auto ask = [&] {
    if (const int error = ask_for_notice(queue); error != 0) worker.fail(Error{error, "mq_notify"}.message());
  };
  ask();
  expect_notice(true, "though one was asked for and the queue was empty");
  worker.receive(channel);
  expect_notice(false, "though the one that was asked for had come already");
  ask();
  expect_notice(false, "though the queue was not empty");
  worker.receive(channel);
  worker.receive(channel);
  expect_notice(true, "though the queue was drained and the asking still stood");
  worker.receive(channel);
  if (worker.receive(channel)) worker.fail("a message came that nobody sent");
  return 0;
}

}  // namespace squall::worker
