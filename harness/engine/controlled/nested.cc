#include "harness/engine/controlled/nested.h"

#include "harness/engine/controlled/arena.h"
#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/space.h"

#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <vector>

namespace squall::controlled {
namespace {

constexpr std::size_t place_bytes = 1 << 15;  ///< for each task: IOV_MAX buffers, and a message
constexpr std::size_t places = 256;
constexpr std::size_t most_elements = 1024;  ///< of a vector: IOV_MAX
constexpr std::size_t most_messages = 128;   ///< of one call; it may do fewer than it was asked for
constexpr std::size_t most_words = 2048;     ///< of a program's arguments, and of its environment

Address place_of(const Task& task) {
  return arena_scratch + arena_scratch_bytes / 4 + task.id % places * place_bytes;
}

/// What the kernel gets instead, in the task's scratch place. One call's.
class Copies {
 public:
  explicit Copies(const Task& task) : task_(task) {}

  /// A place of that size, the first at the beginning; 0: there is no room.
  Address reserve(std::size_t bytes) {
    constexpr std::size_t unit = 16;
    is_full_ = is_full_ || bytes > place_bytes - used_;
    if (is_full_) return 0;
    const Address at = place_of(task_) + used_;
    used_ += (bytes + unit - 1) / unit * unit;
    return at;
  }
  /// The same, filled.
  Address keep(const void* from, std::size_t bytes) {
    const Address at = reserve(bytes);
    return at != 0 && trace::write(task_.tid, at, from, bytes) == bytes ? at : 0;
  }
  bool is_full() const { return is_full_; }

 private:
  const Task& task_;
  std::size_t used_ = 0;
  bool is_full_ = false;
};

/// The pointer into that space that stands at `place`, in our memory.
bool move_pointer(const AddressSpace& space, void* place) {
  Address address = 0;
  std::memcpy(&address, place, sizeof address);
  if (space.view_at(address) == nullptr) return false;
  address += static_cast<Address>(alias_distance);
  std::memcpy(place, &address, sizeof address);
  return true;
}

/// Elements that have one pointer each.
struct Layout {
  std::size_t bytes, pointer_at;
};
constexpr Layout of_buffers{sizeof(iovec), offsetof(iovec, iov_base)};

/// The copy of a vector of pointers into that space; 0 where none of them has to move.
Address moved_vector(Copies& copies, const Task& task, const AddressSpace& space, Address from,
                     std::size_t count, const Layout& layout) {
  std::vector<std::uint8_t> elements(std::min(count, most_elements) * layout.bytes);
  if (elements.empty() || program_read(task, from, elements.data(), elements.size()) != elements.size())
    return 0;
  bool moved = false;
  for (std::size_t at = layout.pointer_at; at < elements.size(); at += layout.bytes)
    moved = move_pointer(space, &elements[at]) || moved;
  return moved ? copies.keep(elements.data(), elements.size()) : 0;
}

/// An argument that is a vector, and the one that tells its length; 6: it is of one element.
struct Vector {
  unsigned argument, count;
  Layout layout;
};

std::optional<Vector> vector_of(long number) {
  switch (number) {
    case SYS_readv:
    case SYS_writev:
    case SYS_preadv:
    case SYS_pwritev:
    case SYS_preadv2:
    case SYS_pwritev2:
    case SYS_vmsplice:
      return Vector{1, 2, of_buffers};
    case SYS_pselect6:
      return Vector{5, 6, of_buffers};  // a mask and its size
    case SYS_futex_waitv:
      return Vector{0, 1, {sizeof(futex_waitv), offsetof(futex_waitv, uaddr)}};
    default:
      return std::nullopt;
  }
}

bool is_message_call(long number) { return number == SYS_sendmsg || number == SYS_recvmsg; }
bool is_messages_call(long number) { return number == SYS_sendmmsg || number == SYS_recvmmsg; }

bool move_vector(Copies& copies, const Task& task, const AddressSpace& space, const Vector& vector,
                 Registers& registers) {
  const auto& arguments = task.call.arguments;
  const std::size_t count = vector.count < 6 ? arguments[vector.count] : 1;
  const Address copy = moved_vector(copies, task, space, arguments[vector.argument], count, vector.layout);
  if (copy != 0) argument(registers, vector.argument) = copy;
  return copy != 0;
}

/// From one space to another, or back.
bool move_both(const Task& task, const AddressSpace& other, Registers& registers) {
  Copies copies(task);
  const bool moved = move_vector(copies, task, *task.space, {1, 2, of_buffers}, registers);
  return move_vector(copies, task, other, {3, 4, of_buffers}, registers) || moved;
}

bool move_in_message(Copies& copies, const Task& task, msghdr& message) {
  bool moved = move_pointer(*task.space, &message.msg_name);
  moved = move_pointer(*task.space, &message.msg_control) || moved;
  const auto from = reinterpret_cast<Address>(message.msg_iov);
  const Address buffers = moved_vector(copies, task, *task.space, from, message.msg_iovlen, of_buffers);
  if (buffers == 0) return move_pointer(*task.space, &message.msg_iov) || moved;
  message.msg_iov = reinterpret_cast<iovec*>(buffers);  // NOLINT(performance-no-int-to-ptr): the tracee's
  return true;
}

bool move_message(const Task& task, Registers& registers) {
  Copies copies(task);
  const Address at = copies.reserve(sizeof(msghdr));
  auto message = program_value<msghdr>(task, task.call.arguments[1]);
  if (!message || !move_in_message(copies, task, *message)) return false;
  registers.rsi = at;
  return trace::write(task.tid, at, &*message, sizeof *message) == sizeof *message;
}

/// Those that there is room for.
bool move_messages(const Task& task, Registers& registers) {
  Copies copies(task);
  std::vector<mmsghdr> messages(std::min<std::size_t>(registers.rdx, most_messages));
  const std::size_t read =
      program_read(task, task.call.arguments[1], messages.data(), messages.size() * sizeof(mmsghdr));
  messages.resize(read / sizeof(mmsghdr));
  const Address at = copies.reserve(messages.size() * sizeof(mmsghdr));
  bool moved = false;
  std::size_t count = 0;
  for (; count < messages.size() && !copies.is_full(); ++count)
    moved = move_in_message(copies, task, messages[count].msg_hdr) || moved;
  if (copies.is_full()) --count;
  if (!moved || count == 0) return false;
  registers.rsi = at;
  registers.rdx = std::min<std::uint64_t>(registers.rdx, count);
  return trace::write(task.tid, at, messages.data(), count * sizeof(mmsghdr)) == count * sizeof(mmsghdr);
}

/// A program's arguments, or its environment, with the null behind them.
Address moved_words(Copies& copies, const Task& task, Address from) {
  std::vector<Address> words;
  while (words.size() < most_words && (words.empty() || words.back() != 0)) {
    const auto word = program_value<Address>(task, from + words.size() * sizeof(Address));
    if (!word) return 0;
    words.push_back(*word);
  }
  bool moved = false;
  for (Address& word : words) moved = move_pointer(*task.space, &word) || moved;
  return moved && words.back() == 0 ? copies.keep(words.data(), words.size() * sizeof(Address)) : 0;
}

bool move_words(const Task& task, Registers& registers) {
  Copies copies(task);
  const unsigned first = task.call.number == SYS_execve ? 1 : 2;
  bool moved = false;
  for (unsigned which = first; which < first + 2; ++which) {
    const Address from = task.call.arguments[which];
    const Address copy = from == 0 ? 0 : moved_words(copies, task, from);
    if (copy != 0) argument(registers, which) = copy;
    moved = moved || copy != 0;
  }
  return moved;
}

/// What the kernel tells in memory; the stack is the program's, and stays where it is.
bool move_clone(const Task& task, Registers& registers) {
  Copies copies(task);
  clone_args wanted{};
  const std::size_t size = std::min<std::size_t>(task.call.arguments[1], sizeof wanted);
  if (program_read(task, task.call.arguments[0], &wanted, size) != size) return false;
  bool moved = false;
  for (auto* pointer : {&wanted.pidfd, &wanted.child_tid, &wanted.parent_tid, &wanted.set_tid})
    moved = move_pointer(*task.space, pointer) || moved;
  const Address copy = moved ? copies.keep(&wanted, size) : 0;
  if (copy == 0) return false;
  registers.rdi = copy;
  registers.rsi = size;
  return true;
}

void take_over(msghdr& own, const msghdr& filled) {
  own.msg_namelen = filled.msg_namelen;
  own.msg_controllen = filled.msg_controllen;
  own.msg_flags = filled.msg_flags;
}

/// A control block, or its buffer, in closed memory: the program will be told where the block was.
bool has_closed_blocks(const Task& task) {
  const auto& arguments = task.call.arguments;
  for (std::size_t i = 0; i < std::min<std::size_t>(arguments[1], most_elements); ++i) {
    const auto block = program_value<Address>(task, arguments[2] + i * sizeof(Address));
    const auto contents = block ? program_value<iocb>(task, *block) : std::nullopt;
    if (contents && (is_closed(task, *block) || is_closed(task, contents->aio_buf))) return true;
  }
  return false;
}

bool asks_for_regions(const Task& task) {
  std::vector<iovec> theirs(std::min<std::size_t>(task.call.arguments[4], most_elements));
  const std::size_t bytes = theirs.size() * sizeof(iovec);
  if (program_read(task, task.call.arguments[3], theirs.data(), bytes) != bytes) return false;
  return std::ranges::any_of(
      theirs, [](const iovec& buffer) { return in_regions(reinterpret_cast<Address>(buffer.iov_base)); });
}

}  // namespace

std::uint64_t clone_flags(const Task& task) {
  switch (task.call.number) {
    case SYS_vfork:
      return CLONE_VFORK | CLONE_VM;
    case SYS_clone:
      return task.call.arguments[0];
    case SYS_clone3:
      return program_value<std::uint64_t>(task, task.call.arguments[0]).value_or(0);
    default:
      return 0;
  }
}

bool reaches_across(long number) { return number == SYS_process_vm_readv || number == SYS_process_vm_writev; }

bool has_nested_pointers(long number) {
  return reaches_across(number) || vector_of(number) || is_message_call(number) || is_messages_call(number) ||
         is_exec(number) || number == SYS_io_submit || number == SYS_clone3;
}

bool move_nested_pointers(const Task& task, const AddressSpace& other, Registers& registers) {
  const long number = task.call.number;
  if (reaches_across(number)) return move_both(task, other, registers);
  if (const auto vector = vector_of(number)) {
    Copies copies(task);
    return move_vector(copies, task, *task.space, *vector, registers);
  }
  if (is_message_call(number)) return move_message(task, registers);
  if (is_messages_call(number)) return move_messages(task, registers);
  if (number == SYS_clone3) return move_clone(task, registers);
  return is_exec(number) && move_words(task, registers);
}

void give_back_nested(const Task& task) {
  const Address own_at = task.call.arguments[1];
  if (task.call.number == SYS_recvmsg) {
    const auto filled = trace::read_value<msghdr>(task.tid, place_of(task));
    auto own = program_value<msghdr>(task, own_at);
    if (!filled || !own) return;
    take_over(*own, *filled);
    program_write(task, own_at, &*own, sizeof *own);
  }
  if (!is_messages_call(task.call.number)) return;
  const std::int64_t done = trace::result_of_call(task.tid).value_or(0);
  for (std::int64_t i = 0; i < done; ++i) {
    const Address offset = static_cast<Address>(i) * sizeof(mmsghdr);
    const auto filled = trace::read_value<mmsghdr>(task.tid, place_of(task) + offset);
    auto own = program_value<mmsghdr>(task, own_at + offset);
    if (!filled || !own) return;
    take_over(own->msg_hdr, filled->msg_hdr);
    own->msg_len = filled->msg_len;
    program_write(task, own_at + offset, &*own, sizeof *own);
  }
}

bool has_stuck_pointers(const Task& task) {
  switch (task.call.number) {
    case SYS_process_vm_readv:
    case SYS_process_vm_writev:
      return !task.space->has_slots && asks_for_regions(task);
    case SYS_io_submit:
      return has_closed_blocks(task);
    default:
      return false;
  }
}

}  // namespace squall::controlled
