#include "harness/engine/controlled/passed_files.h"

#include "harness/engine/controlled/program_memory.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>

namespace squall::controlled {
namespace {

constexpr std::size_t most_control_bytes = 1 << 14, most_messages = 1024;

void add_files(const Task& task, const msghdr& message, std::vector<int>& files) {
  std::vector<char> control(std::min<std::size_t>(message.msg_controllen, most_control_bytes));
  control.resize(
      program_read(task, reinterpret_cast<Address>(message.msg_control), control.data(), control.size()));
  msghdr copy{};
  copy.msg_control = control.data();
  copy.msg_controllen = control.size();
  for (cmsghdr* header = CMSG_FIRSTHDR(&copy); header != nullptr; header = CMSG_NXTHDR(&copy, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const auto here = static_cast<std::size_t>(reinterpret_cast<char*>(header) - control.data());
    const std::size_t end = std::min<std::size_t>(control.size(), here + header->cmsg_len);
    for (std::size_t at = here + CMSG_LEN(0); at + sizeof(int) <= end; at += sizeof(int)) {
      int file = -1;
      std::memcpy(&file, control.data() + at, sizeof file);
      files.push_back(file);
    }
  }
}

std::vector<int> files_in_message(const Task& task) {
  std::vector<int> files;
  if (const auto message = program_value<msghdr>(task, task.call.arguments[1]))
    add_files(task, *message, files);
  return files;
}

std::vector<int> files_in_messages(const Task& task, std::int64_t count) {
  std::vector<int> files;
  const std::size_t most = std::min(static_cast<std::size_t>(count), most_messages);
  for (std::size_t i = 0; i < most; ++i)
    if (const auto message = program_value<mmsghdr>(task, task.call.arguments[1] + i * sizeof(mmsghdr)))
      add_files(task, message->msg_hdr, files);
  return files;
}

}  // namespace

std::vector<int> files_sent(const Task& task, std::int64_t result) {
  if (result < 0) return {};
  if (task.call.number == SYS_sendmsg) return files_in_message(task);
  if (task.call.number == SYS_sendmmsg) return files_in_messages(task, result);
  return {};
}

Received files_received(const Task& task, std::int64_t result) {
  if (result < 0) return {};
  const auto& arguments = task.call.arguments;
  switch (task.call.number) {
    case SYS_recvmsg:
      return {files_in_message(task), (arguments[2] & MSG_PEEK) != 0};
    case SYS_recvmmsg:
      return {files_in_messages(task, result), (arguments[3] & MSG_PEEK) != 0};
    case SYS_pidfd_getfd:
      return {{static_cast<int>(result)}, true};
    default:
      return {};
  }
}

}  // namespace squall::controlled
