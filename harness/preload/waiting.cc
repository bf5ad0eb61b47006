// Async-signal-safe: looks alone, by system calls that change nothing.
#include "harness/preload/waiting.h"

#include "harness/preload/circumstances.h"
#include "harness/preload/real.h"

#include <sys/ioctl.h>

#include <string_view>

namespace squall::preload {
namespace {

using faults::Call;

bool is_ready(int descriptor, short events) {
  pollfd polled{descriptor, events, 0};
  const timespec at_once{};
  return syscall(SYS_ppoll, &polled, 1, &at_once, nullptr, 8) != 0;
}

/// More than there is room for: the write will begin, and then wait.
bool exceeds_room(int descriptor, std::size_t size) {
  int queued = 0;
  const long capacity = syscall(SYS_fcntl, descriptor, F_GETPIPE_SZ);
  if (capacity < 0 || ioctl(descriptor, FIONREAD, &queued) != 0) return false;
  return size > static_cast<std::size_t>(capacity - queued);
}

short events_of(Call call) {
  const bool sends = call == Call::mq_send || call == Call::mq_timedsend;
  const bool writes = faults::calls()[static_cast<std::size_t>(call)].group == std::string_view("write");
  return sends || writes ? POLLOUT : POLLIN;
}

/// No one message, and its sizes, can be seen from outside.
bool cannot_tell() { return true; }

}  // namespace

bool descriptor_would_wait(Call call, const Subject& subject) {
  if (faults::calls()[static_cast<std::size_t>(call)].waiting == faults::Waiting::returns) return false;
  if (subject.kind != Subject::Kind::descriptor) return !subject.nonblocking;
  if (subject.nonblocking || is_nonblocking(subject.id)) return false;
  if (call == Call::connect || call == Call::flock) return cannot_tell();
  const short events = events_of(call);
  return !is_ready(subject.id, events) || (events == POLLOUT && exceeds_room(subject.id, subject.size));
}

bool poll_would_wait(const pollfd* polled, nfds_t count) {
  // Copies, a few at a time: the real call is to fill in the caller's own.
  constexpr nfds_t chunk = 32;
  for (nfds_t begin = 0; begin < count; begin += chunk) {
    pollfd copies[chunk];
    const nfds_t size = count - begin < chunk ? count - begin : chunk;
    memcpy(copies, polled + begin, size * sizeof(pollfd));
    const timespec at_once{};
    if (syscall(SYS_ppoll, copies, size, &at_once, nullptr, 8) != 0) return false;
  }
  return true;
}

bool select_would_wait(int count, const fd_set* reading, const fd_set* writing, const fd_set* failing) {
  if (count < 0 || count > FD_SETSIZE) return false;
  fd_set sets[3];
  const fd_set* wanted[3] = {reading, writing, failing};
  fd_set* given[3] = {};
  const std::size_t bytes = (static_cast<std::size_t>(count) + 63) / 64 * 8;
  for (int i = 0; i < 3; ++i)
    if (wanted[i] != nullptr) {
      memcpy(&sets[i], wanted[i], bytes);
      given[i] = &sets[i];
    }
  timespec at_once{};
  return syscall(SYS_pselect6, count, given[0], given[1], given[2], &at_once, nullptr) == 0;
}

bool lock_would_wait(int descriptor, int command, const struct flock* lock) {
  if (command != F_SETLKW && command != F_OFD_SETLKW) return false;
  struct flock other = *lock;
  if (other.l_type == F_UNLCK) return false;
  const int look = command == F_SETLKW ? F_GETLK : F_OFD_GETLK;
  return syscall(SYS_fcntl, descriptor, look, &other) == 0 && other.l_type != F_UNLCK;
}

/// Only a FIFO is waited for, and whether its other end is open cannot be seen.
bool open_would_wait(int directory, const char* path, int flags) {
  struct stat status {};
  if ((flags & O_NONBLOCK) != 0 || (flags & O_ACCMODE) == O_RDWR) return false;
  return fstatat(directory, path, &status, 0) == 0 && S_ISFIFO(status.st_mode);
}

/// Of what type the messages are cannot be seen: only an empty queue is certain.
bool receive_would_wait(int queue, long type, int flags) {
  msqid_ds status;
  if ((flags & IPC_NOWAIT) != 0 || real::msgctl(queue, IPC_STAT, &status) != 0) return false;
  return status.msg_qnum == 0 || (type != 0 && cannot_tell());
}

bool send_would_wait(int queue, std::size_t size, int flags) {
  msqid_ds status;
  if ((flags & IPC_NOWAIT) != 0 || real::msgctl(queue, IPC_STAT, &status) != 0) return false;
  return status.__msg_cbytes + size > status.msg_qbytes || status.msg_qnum + 1 > status.msg_qbytes;
}

bool semaphores_would_wait(int set, const sembuf* operations, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const sembuf& operation = operations[i];
    const int value = real::semctl(set, operation.sem_num, GETVAL);
    const bool waits = operation.sem_op == 0 ? value > 0 : operation.sem_op < 0 && value < -operation.sem_op;
    if (value >= 0 && waits) return (operation.sem_flg & IPC_NOWAIT) == 0;
  }
  return false;
}

bool child_would_wait(idtype_t which, id_t id, int options) {
  siginfo_t info{};
  if ((options & WNOHANG) != 0) return false;
  if ((options & (WEXITED | WSTOPPED | WCONTINUED)) == 0) options |= WEXITED;
  return syscall(SYS_waitid, which, id, &info, options | WNOHANG | WNOWAIT, nullptr) == 0 && info.si_pid == 0;
}

bool signal_would_wait(const sigset_t* wanted) {
  std::uint64_t pending = 0, set = 0;
  memcpy(&set, wanted, sizeof set);
  return syscall(SYS_rt_sigpending, &pending, sizeof pending) == 0 && (pending & set) == 0;
}

}  // namespace squall::preload
