#include "ipc/io.h"

#include <fcntl.h>

#include <ctime>

namespace squall::ipc {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

timespec left_until(std::uint64_t deadline_ns) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::uint64_t now_ns =
      static_cast<std::uint64_t>(now.tv_sec) * second_ns + static_cast<std::uint64_t>(now.tv_nsec);
  const std::uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
  return {.tv_sec = static_cast<time_t>(left_ns / second_ns),
          .tv_nsec = static_cast<long>(left_ns % second_ns)};
}

Result<bool> wait_for(int descriptor, short events, std::uint64_t deadline_ns) {
  pollfd entry{.fd = descriptor, .events = events, .revents = 0};
  return poll_until({&entry, 1}, deadline_ns);
}

}  // namespace

Result<bool> poll_until(std::span<pollfd> descriptors, std::uint64_t deadline_ns) {
  for (;;) {
    timespec left{};
    if (deadline_ns != no_deadline) left = left_until(deadline_ns);
    const int ready = ::ppoll(descriptors.data(), descriptors.size(),
                              deadline_ns == no_deadline ? nullptr : &left, nullptr);
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) return failed("ppoll");
  }
}

Result<bool> wait_readable(int descriptor, std::uint64_t deadline_ns) {
  return wait_for(descriptor, POLLIN, deadline_ns);
}

Result<bool> wait_writable(int descriptor, std::uint64_t deadline_ns) {
  return wait_for(descriptor, POLLOUT, deadline_ns);
}

Result<FileDescriptor> duplicate(int descriptor) {
  FileDescriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (!copy) return failed("fcntl(F_DUPFD_CLOEXEC)");
  return copy;
}

Result<FileDescriptor> take_descriptor(Attachment& attachment) {
  if (attachment.descriptors.size() != 1) return failure(EBADF, "attach");
  FileDescriptor taken(attachment.descriptors.front());
  attachment.descriptors.clear();
  if (::fcntl(taken.get(), F_SETFD, FD_CLOEXEC) < 0) return failed("fcntl(F_SETFD)");
  return taken;
}

Result<void> check_options(const ChannelOptions& options, const Limits& limits) {
  if (options.max_message > limits.max_message) return failure(EMSGSIZE, "create");
  return {};
}

std::string path_of(const ChannelOptions& options, const char* suffix) {
  return options.directory + '/' + options.name + suffix;
}

}  // namespace squall::ipc
