// Workloads on what FIFOs and inherited descriptors do: the rendezvous of opens, and ends that a child keeps
// open.
#include "harness/worker/workloads/workloads.h"
#include "ipc/descriptor.h"
#include "ipc/io.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace squall::worker {
namespace {

using history::now_ns;
using ipc::uninterrupted;

std::string fifo_path(const Worker& worker, unsigned channel, const char* suffix) {
  const ipc::ChannelOptions& options = worker.plan().channels[channel].options;
  return fmt::format("{}/{}.{}", options.directory, options.name, suffix);
}

FileDescriptor must_open(const Worker& worker, const std::string& path, int flags) {
  FileDescriptor opened(uninterrupted([&] { return open(path.c_str(), flags | O_CLOEXEC); }));
  if (!opened) worker.fail(failed("open").value().message());
  return opened;
}

void make_fifo(const Worker& worker, const std::string& path) {
  if (mkfifo(path.c_str(), 0600) != 0) worker.fail(failed("mkfifo").value().message());
}

void put_time(const Worker& worker, const FileDescriptor& fifo, std::uint64_t time_ns) {
  if (uninterrupted([&] { return write(fifo.get(), &time_ns, sizeof time_ns); }) != sizeof time_ns)
    worker.fail(failed("write").value().message());
}

std::uint64_t get_time(const Worker& worker, const FileDescriptor& fifo) {
  std::uint64_t time_ns = 0;
  if (uninterrupted([&] { return read(fifo.get(), &time_ns, sizeof time_ns); }) != sizeof time_ns)
    worker.fail("the other side's time did not come through the FIFO");
  return time_ns;
}

}  // namespace

/// Meetings 2 and 3: the peer is about to open and does nothing but that until its open returns. Meeting 5:
/// the first reader has closed.
int run_open_to_write(Worker& worker) {
  const unsigned channel = worker.only_sent();
  const unsigned reader = worker.plan().channels[channel].receivers.front();
  const std::string path = fifo_path(worker, channel, "meet");
  make_fifo(worker, path);
  if (FileDescriptor(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) || errno != ENXIO)
    worker.fail("a FIFO without a reader was opened for writing without waiting");
  worker.meet(0, 2);
  worker.meet(1, 2);
  worker.meet(2, 2);
  worker.wait_until_asleep(reader);
  const std::uint64_t before_open = now_ns();
  put_time(worker, must_open(worker, path, O_WRONLY), before_open);
  worker.meet(5, 2);
  worker.meet(3, 1);
  const FileDescriptor fifo = must_open(worker, path, O_WRONLY);
  put_time(worker, fifo, now_ns());
  worker.meet(4, 2);
  unlink(path.c_str());
  return 0;
}

int run_open_to_read(Worker& worker) {
  const unsigned channel = worker.only_received();
  const unsigned writer = worker.plan().channels[channel].senders.front();
  const std::string path = fifo_path(worker, channel, "meet");
  worker.meet(0, 2);
  char byte = 0;
  if (read(must_open(worker, path, O_RDONLY | O_NONBLOCK).get(), &byte, 1) != 0)
    worker.fail("a FIFO that nobody writes to does not read as ended");
  worker.meet(1, 2);
  worker.meet(2, 1);
  {
    const FileDescriptor fifo = must_open(worker, path, O_RDONLY);
    const std::uint64_t opened = now_ns();
    if (get_time(worker, fifo) > opened)
      worker.fail("the FIFO was opened for reading before anybody opened it for writing");
    if (uninterrupted([&] { return read(fifo.get(), &byte, 1); }) != 0)
      worker.fail("the FIFO does not end with its only writer");
  }
  worker.meet(5, 2);
  worker.meet(3, 2);
  worker.wait_until_asleep(writer);
  const std::uint64_t before_open = now_ns();
  if (get_time(worker, must_open(worker, path, O_RDONLY)) < before_open)
    worker.fail("the FIFO was opened for writing before anybody opened it for reading");
  worker.meet(4, 2);
  return 0;
}

int run_leak_end(Worker& worker) {
  const unsigned channel = worker.only_sent();
  for (std::uint64_t sent = 0; sent < worker.messages(20); ++sent)
    if (!worker.deliver(channel, worker.next_tag(channel))) worker.fail("the receiver is gone");
  const pid_t child = fork();
  if (child < 0) worker.fail(failed("fork").value().message());
  if (child == 0) {
    worker.meet(1, 2);
    _exit(0);
  }
  worker.close(channel);
  worker.meet(0, 2);
  int status = -1;
  uninterrupted([&] { return waitpid(child, &status, 0); });
  return status == 0 ? 0 : 1;
}

int run_wait_for_end(Worker& worker) {
  const unsigned channel = worker.only_received();
  const std::uint64_t messages = worker.messages(20);
  for (std::uint64_t received = 0; received < messages; ++received)
    if (!worker.receive(channel)) worker.fail(fmt::format("the end came after {} messages", received));
  worker.meet(0, 2);
  if (worker.expect(worker.receiver(channel).wait(now_ns())))
    worker.fail("the channel has ended although a child still holds its sending end");
  worker.meet(1, 2);
  if (worker.receive(channel)) worker.fail("a message came that nobody sent");
  return 0;
}

}  // namespace squall::worker
