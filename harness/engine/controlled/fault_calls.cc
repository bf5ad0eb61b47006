// System calls as the legality table names them: by the functions of libc that make them.
#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/fault_rules.h"
#include "harness/engine/controlled/foreign.h"
#include "harness/engine/controlled/nested.h"
#include "harness/engine/controlled/program_memory.h"
#include "harness/engine/controlled/space.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/vfs.h>

#include <algorithm>
#include <csignal>
#include <initializer_list>

namespace squall::controlled {
namespace {

using Libc = faults::Call;
using faults::Circumstances;
using faults::Object;

constexpr long queue_system = 0x19800202;  ///< of POSIX messages: linux/magic.h has no name for it
constexpr std::uint32_t watched_for_edges = 1u << 31;

faults::CallSet set_of(std::initializer_list<Libc> calls) {
  faults::CallSet set;
  for (const Libc call : calls) set.add(call);
  return set;
}

/// Those that functions of the same name make.
struct Same {
  long number;
  Libc call;
};
#define SAME(name) \
  { SYS_##name, Libc::name }
constexpr Same same[] = {SAME(read),         SAME(write),      SAME(readv),         SAME(writev),
                         SAME(preadv),       SAME(pwritev),    SAME(recvmsg),       SAME(recvmmsg),
                         SAME(sendmsg),      SAME(sendmmsg),   SAME(sendfile),      SAME(splice),
                         SAME(open),         SAME(creat),      SAME(socket),        SAME(socketpair),
                         SAME(pipe),         SAME(accept),     SAME(accept4),       SAME(connect),
                         SAME(bind),         SAME(listen),     SAME(dup),           SAME(dup2),
                         SAME(dup3),         SAME(fcntl),      SAME(epoll_create1), SAME(timerfd_create),
                         SAME(memfd_create), SAME(close),      SAME(poll),          SAME(ppoll),
                         SAME(select),       SAME(epoll_wait), SAME(epoll_pwait),   SAME(epoll_ctl),
                         SAME(mq_open),      SAME(mq_notify),  SAME(mq_unlink),     SAME(msgget),
                         SAME(msgsnd),       SAME(msgrcv),     SAME(msgctl),        SAME(semget),
                         SAME(semop),        SAME(semctl),     SAME(flock),         SAME(shmget),
                         SAME(shmat),        SAME(shmdt),      SAME(shmctl),        SAME(mmap),
                         SAME(ftruncate),    SAME(fsync),      SAME(fdatasync),     SAME(fork),
                         SAME(waitid),       SAME(kill),       SAME(nanosleep),     SAME(pause)};
#undef SAME

faults::CallSet plain_call(long number) {
  const auto* const found =
      std::find_if(std::begin(same), std::end(same), [&](const Same& row) { return row.number == number; });
  return found == std::end(same) ? faults::CallSet{} : set_of({found->call});
}

faults::CallSet clone_call(const Task& task) {
  const std::uint64_t flags = clone_flags(task);
  if ((flags & CLONE_THREAD) != 0) return set_of({Libc::pthread_create});
  return (flags & CLONE_VFORK) != 0 ? set_of({Libc::posix_spawn, Libc::posix_spawnp}) : set_of({Libc::fork});
}

/// Of the waits that a futex is made for, those that go on for ever or have a bound. With another word in it
/// the wait does not begin.
faults::CallSet futex_calls(const Task& task) {
  const auto& arguments = task.call.arguments;
  const std::uint64_t operation = arguments[1] & FUTEX_CMD_MASK;
  if (operation != FUTEX_WAIT && operation != FUTEX_WAIT_BITSET) return {};
  if (program_value<std::uint32_t>(task, arguments[0]) != static_cast<std::uint32_t>(arguments[2])) return {};
  if (arguments[3] == 0) return set_of({Libc::sem_wait, Libc::pthread_mutex_lock, Libc::pthread_cond_wait});
  return set_of({Libc::sem_timedwait, Libc::sem_clockwait, Libc::pthread_mutex_timedlock,
                 Libc::pthread_cond_timedwait});
}

Object socket_object(int copy) {
  const int type = foreign::option_of(copy, SO_TYPE), domain = foreign::option_of(copy, SO_DOMAIN);
  if (domain == AF_UNIX && type == SOCK_STREAM) return Object::unix_stream;
  if (domain == AF_UNIX && type == SOCK_DGRAM) return Object::unix_dgram;
  if (domain == AF_UNIX && type == SOCK_SEQPACKET) return Object::unix_seqpacket;
  const bool internet = domain == AF_INET || domain == AF_INET6;
  return internet && type == SOCK_STREAM ? Object::tcp : Object::other;
}

Object object_behind(pid_t pid, int descriptor, int copy) {
  struct stat status {};
  struct statfs system {};
  if (fstat(copy, &status) != 0) return Object::other;
  switch (status.st_mode & S_IFMT) {
    case S_IFIFO:
      return Object::pipe;
    case S_IFSOCK:
      return socket_object(copy);
    case S_IFREG:
      return fstatfs(copy, &system) == 0 && system.f_type == queue_system ? Object::queue : Object::file;
    case 0:
      return foreign::target_of(pid, descriptor) == "anon_inode:[eventfd]" ? Object::eventfd : Object::other;
    default:
      return Object::other;
  }
}

bool is_pending(Object object, int copy) {
  int bytes = 0;
  if (object == Object::pipe) return ioctl(copy, FIONREAD, &bytes) == 0 && bytes != 0;
  const bool socket = object == Object::unix_stream || object == Object::tcp ||
                      object == Object::unix_dgram || object == Object::unix_seqpacket;
  return socket && ioctl(copy, SIOCOUTQ, &bytes) == 0 && bytes != 0;
}

/// Somebody of the process watches it by EPOLLET; what is not understood counts as such.
bool is_edge_triggered(pid_t pid, int descriptor) {
  for (const int other : foreign::descriptors(pid)) {
    if (foreign::target_of(pid, other) != "anon_inode:[eventpoll]") continue;
    const std::string lines = foreign::information(pid, other);
    for (std::size_t at = lines.find("tfd:"); at != lines.npos; at = lines.find("tfd:", at + 1)) {
      if (foreign::number_in(std::string_view(lines).substr(at), "tfd:") != descriptor) continue;
      const auto events = lines.find("events:", at);
      const auto bits =
          events == lines.npos ? watched_for_edges : std::strtoul(lines.c_str() + events + 7, nullptr, 16);
      if ((bits & watched_for_edges) != 0) return true;
    }
  }
  return false;
}

bool has_descriptor(const faults::CallSet& calls, long number) {
  return call_of(number).touches == Touches::descriptor || calls.has(Libc::accept) ||
         calls.has(Libc::accept4) || calls.has(Libc::connect) || calls.has(Libc::bind) ||
         calls.has(Libc::listen) || calls.has(Libc::recvfrom) || calls.has(Libc::sendto) ||
         calls.has(Libc::recvmsg) || calls.has(Libc::sendmsg) || calls.has(Libc::dup);
}

std::size_t size_asked(const Task& task) {
  const auto& arguments = task.call.arguments;
  if (task.call.number == SYS_sendfile) return arguments[3];
  if (task.call.number != SYS_readv && task.call.number != SYS_writev) return arguments[2];
  std::size_t sum = 0;
  for (std::uint64_t at = 0; at < std::min<std::uint64_t>(arguments[2], 1024); ++at)
    if (const auto one = program_value<iovec>(task, arguments[1] + at * sizeof(iovec))) sum += one->iov_len;
  return sum;
}

bool gives_rights(const Task& task) {
  const auto message = program_value<msghdr>(task, task.call.arguments[1]);
  if (!message || message->msg_controllen < sizeof(cmsghdr)) return false;
  struct Head {
    std::size_t size;
    int level, type;
  };
  const auto first = program_value<Head>(task, reinterpret_cast<Address>(message->msg_control));
  return first && first->level == SOL_SOCKET && first->type == SCM_RIGHTS;
}

void note_flags(const Task& task, Circumstances& found) {
  const auto& arguments = task.call.arguments;
  switch (task.call.number) {
    case SYS_open:
    case SYS_mq_open:
      found.creates = (arguments[1] & O_CREAT) != 0;
      found.nonblocking = (arguments[1] & O_NONBLOCK) != 0;
      break;
    case SYS_openat:
      found.creates = (arguments[2] & O_CREAT) != 0;
      found.nonblocking = (arguments[2] & O_NONBLOCK) != 0;
      break;
    case SYS_creat:
      found.creates = true;
      break;
    case SYS_msgget:
      found.creates = arguments[0] == IPC_PRIVATE || (arguments[1] & IPC_CREAT) != 0;
      break;
    case SYS_semget:
    case SYS_shmget:
      found.creates = arguments[0] == IPC_PRIVATE || (arguments[2] & IPC_CREAT) != 0;
      break;
    case SYS_signalfd4:
      found.creates = static_cast<int>(arguments[0]) == -1;
      break;
    case SYS_fcntl:
      found.duplicates = arguments[1] == F_DUPFD || arguments[1] == F_DUPFD_CLOEXEC;
      break;
    case SYS_sendmsg:
      found.passes = gives_rights(task);
      found.nonblocking = found.nonblocking || (arguments[2] & MSG_DONTWAIT) != 0;
      break;
    case SYS_recvmsg:
      found.nonblocking = found.nonblocking || (arguments[2] & MSG_DONTWAIT) != 0;
      break;
    case SYS_sendto:
    case SYS_recvfrom:
      found.nonblocking = found.nonblocking || (arguments[3] & MSG_DONTWAIT) != 0;
      break;
    case SYS_msgsnd:
      found.nonblocking = (arguments[3] & IPC_NOWAIT) != 0;
      break;
    case SYS_msgrcv:
      found.nonblocking = (arguments[4] & IPC_NOWAIT) != 0;
      break;
    case SYS_rt_sigqueueinfo:
      found.real_time = static_cast<int>(arguments[1]) >= SIGRTMIN;
      break;
    default:
      break;
  }
}

}  // namespace

faults::CallSet libc_calls_of(const Task& task) {
  const auto& arguments = task.call.arguments;
  switch (task.call.number) {
    case SYS_pread64:
      return set_of({Libc::pread});
    case SYS_pwrite64:
      return set_of({Libc::pwrite});
    case SYS_recvfrom:
      return arguments[4] == 0 ? set_of({Libc::recv, Libc::recvfrom}) : set_of({Libc::recvfrom});
    case SYS_sendto:
      return arguments[4] == 0 ? set_of({Libc::send, Libc::sendto}) : set_of({Libc::sendto});
    case SYS_openat: {
      const bool is_segment = program_text(task, arguments[1]).starts_with("/dev/shm/");
      return is_segment ? set_of({Libc::shm_open}) : set_of({Libc::open, Libc::openat});
    }
    case SYS_pipe2:
      return set_of({Libc::pipe, Libc::pipe2});
    case SYS_mknodat:
      return S_ISFIFO(arguments[2]) ? set_of({Libc::mkfifo}) : faults::CallSet{};
    case SYS_mknod:
      return S_ISFIFO(arguments[1]) ? set_of({Libc::mkfifo}) : faults::CallSet{};
    case SYS_eventfd2:
      return set_of({Libc::eventfd});
    case SYS_signalfd4:
      return set_of({Libc::signalfd});
    case SYS_pselect6:
      return set_of({Libc::select, Libc::pselect});
    case SYS_futex:
      return futex_calls(task);
    case SYS_mq_timedsend:
      return set_of({arguments[4] == 0 ? Libc::mq_send : Libc::mq_timedsend});
    case SYS_mq_timedreceive:
      return set_of({arguments[4] == 0 ? Libc::mq_receive : Libc::mq_timedreceive});
    case SYS_semtimedop:
      return set_of({arguments[3] == 0 ? Libc::semop : Libc::semtimedop});
    case SYS_clone:
    case SYS_clone3:
      return clone_call(task);
    case SYS_wait4:
      return set_of({Libc::wait, Libc::waitpid, Libc::wait3, Libc::wait4});
    case SYS_rt_sigqueueinfo:
      return set_of({Libc::sigqueue});
    case SYS_clock_nanosleep:
      return set_of({Libc::clock_nanosleep, Libc::nanosleep, Libc::sleep, Libc::usleep});
    case SYS_rt_sigsuspend:
      return set_of({Libc::sigsuspend});
    case SYS_rt_sigtimedwait:
      return set_of({Libc::sigtimedwait, Libc::sigwaitinfo, Libc::sigwait});
    default:
      return plain_call(task.call.number);
  }
}

Circumstances circumstances_of(const Task& task) {
  Circumstances found;
  const faults::CallSet calls = libc_calls_of(task);
  const pid_t pid = task.process->pid;
  const auto descriptor = static_cast<int>(task.call.arguments[0]);
  if (has_descriptor(calls, task.call.number)) {
    if (const FileDescriptor copy = foreign::copy_of(pid, descriptor)) {
      const int flags = fcntl(copy.get(), F_GETFL);
      found.object = object_behind(pid, descriptor, copy.get());
      found.nonblocking = flags >= 0 && (flags & O_NONBLOCK) != 0;
      found.pending = is_pending(found.object, copy.get());
    }
    found.edge_triggered = is_edge_triggered(pid, descriptor);
    found.size = size_asked(task);
  }
  if (calls.has(Libc::bind))
    if (const auto family = program_value<sa_family_t>(task, task.call.arguments[1]))
      found.creates = *family == AF_UNIX && task.call.arguments[2] > sizeof(sa_family_t);
  note_flags(task, found);
  return found;
}

}  // namespace squall::controlled
