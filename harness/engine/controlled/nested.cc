#include "harness/engine/controlled/nested.h"

#include "harness/engine/controlled/arena.h"
#include "harness/engine/controlled/space.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace squall::controlled {
namespace {

constexpr std::size_t place_bytes = 1 << 15;  ///< for each task: IOV_MAX buffers, and a message
constexpr std::size_t places = 256;
constexpr std::size_t most_buffers = 1024;
constexpr std::size_t buffers_at = sizeof(msghdr);

Address place_of(const Task& task) {
  return arena_scratch + arena_scratch_bytes / 4 + task.id % places * place_bytes;
}

bool is_closed(const Task& task, Address address) {
  if (!in_regions(address)) return false;
  const View* view = task.space->view_at(address);
  return view != nullptr && view->is_closed;
}

bool to_alias(const Task& task, void*& pointer) {
  const auto address = reinterpret_cast<Address>(pointer);
  if (!is_closed(task, address)) return false;
  pointer = reinterpret_cast<void*>(address + static_cast<Address>(alias_distance));
  return true;
}

/// Copies the vector to the scratch place if a buffer of it moves; the program's own is at `from`.
bool move_buffers(const Task& task, Address from, std::size_t count) {
  const Address readable = is_closed(task, from) ? from + static_cast<Address>(alias_distance) : from;
  std::vector<iovec> buffers(std::min(count, most_buffers));
  const std::size_t bytes = buffers.size() * sizeof(iovec);
  if (bytes == 0 || trace::read(task.tid, readable, buffers.data(), bytes) != bytes) return false;
  bool moved = false;
  for (iovec& buffer : buffers) moved = to_alias(task, buffer.iov_base) || moved;
  return moved && trace::write(task.tid, place_of(task) + buffers_at, buffers.data(), bytes) == bytes;
}

bool is_message_call(long number) { return number == SYS_sendmsg || number == SYS_recvmsg; }

bool is_vector_call(long number) {
  switch (number) {
    case SYS_readv:
    case SYS_writev:
    case SYS_preadv:
    case SYS_pwritev:
    case SYS_preadv2:
    case SYS_pwritev2:
    case SYS_vmsplice:
      return true;
    default:
      return false;
  }
}

Address program_message(const Task& task) {
  const Address at = task.call.arguments[1];
  return is_closed(task, at) ? at + static_cast<Address>(alias_distance) : at;
}

bool move_message(const Task& task) {
  auto message = trace::read_value<msghdr>(task.tid, program_message(task));
  if (!message) return false;
  bool moved = to_alias(task, message->msg_name);
  moved = to_alias(task, message->msg_control) || moved;
  if (move_buffers(task, reinterpret_cast<Address>(message->msg_iov), message->msg_iovlen)) {
    message->msg_iov = reinterpret_cast<iovec*>(place_of(task) + buffers_at);
    moved = true;
  } else {
    void* vector = message->msg_iov;
    moved = to_alias(task, vector) || moved;
    message->msg_iov = static_cast<iovec*>(vector);
  }
  return moved && trace::write(task.tid, place_of(task), &*message, sizeof *message) == sizeof *message;
}

}  // namespace

bool has_nested_pointers(long number) { return is_vector_call(number) || is_message_call(number); }

bool move_nested_pointers(const Task& task, Registers& registers) {
  const auto& arguments = task.call.arguments;
  if (is_vector_call(task.call.number)) {
    if (!move_buffers(task, arguments[1], arguments[2])) return false;
    registers.rsi = place_of(task) + buffers_at;
    return true;
  }
  if (!is_message_call(task.call.number) || !move_message(task)) return false;
  registers.rsi = place_of(task);
  return true;
}

void give_back_nested(const Task& task) {
  if (task.call.number != SYS_recvmsg) return;
  const auto filled = trace::read_value<msghdr>(task.tid, place_of(task));
  auto own = trace::read_value<msghdr>(task.tid, program_message(task));
  if (!filled || !own) return;
  own->msg_namelen = filled->msg_namelen;
  own->msg_controllen = filled->msg_controllen;
  own->msg_flags = filled->msg_flags;
  trace::write(task.tid, program_message(task), &*own, sizeof *own);
}

}  // namespace squall::controlled
