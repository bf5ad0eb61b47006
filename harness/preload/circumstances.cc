#include "harness/preload/circumstances.h"

#include "harness/preload/channels.h"
#include "harness/preload/real.h"

#include <linux/magic.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

namespace squall::preload {
namespace {

using faults::Object;

#ifndef MQUEUE_MAGIC
#define MQUEUE_MAGIC 0x19800202
#endif

int option_of(int socket, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

Object socket_object(int descriptor) {
  const int type = option_of(descriptor, SO_TYPE);
  const int domain = option_of(descriptor, SO_DOMAIN);
  if (domain == AF_UNIX) {
    if (type == SOCK_STREAM) return Object::unix_stream;
    if (type == SOCK_DGRAM) return Object::unix_dgram;
    if (type == SOCK_SEQPACKET) return Object::unix_seqpacket;
  }
  const bool internet = domain == AF_INET || domain == AF_INET6;
  return internet && type == SOCK_STREAM ? Object::tcp : Object::other;
}

/// Decimal digits without libc's help.
void append_number(char* end, unsigned number) {
  char digits[12];
  int count = 0;
  do digits[count++] = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  while (count > 0) *end++ = digits[--count];
  *end = 0;
}

Object anonymous_object(int descriptor) {
  char path[32] = "/proc/self/fd/", target[32] = {};
  append_number(path + strlen(path), static_cast<unsigned>(descriptor));
  const ssize_t size = readlink(path, target, sizeof target - 1);
  return size > 0 && strcmp(target, "anon_inode:[eventfd]") == 0 ? Object::eventfd : Object::other;
}

Object file_object(int descriptor) {
  struct statfs system {};
  const bool queue = fstatfs(descriptor, &system) == 0 && system.f_type == MQUEUE_MAGIC;
  return queue ? Object::queue : Object::file;
}

int asked(int descriptor, unsigned long what) {
  int bytes = 0;
  return ioctl(descriptor, what, &bytes) == 0 ? bytes : 0;
}

/// Something sent on it has not been received yet.
bool is_pending(const Subject& subject, Object object) {
  msqid_ds status;
  if (subject.kind == Subject::Kind::queue_id)
    return real::msgctl(subject.id, IPC_STAT, &status) == 0 && status.msg_qnum != 0;
  if (subject.kind != Subject::Kind::descriptor || object == Object::any) return false;
  mq_attr attributes{};
  if (object == Object::queue)
    return syscall(SYS_mq_getsetattr, subject.id, nullptr, &attributes) == 0 && attributes.mq_curmsgs != 0;
  if (object == Object::pipe) return asked(subject.id, FIONREAD) != 0;
  const bool socket = object != Object::file && object != Object::eventfd && object != Object::other;
  return socket && asked(subject.id, SIOCOUTQ) != 0;
}

}  // namespace

Object object_of(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return Object::other;
  switch (status.st_mode & S_IFMT) {
    case S_IFIFO:
      return Object::pipe;
    case S_IFSOCK:
      return socket_object(descriptor);
    case S_IFREG:
      return file_object(descriptor);
    case 0:
      return anonymous_object(descriptor);
    default:
      return Object::other;
  }
}

bool is_nonblocking(int descriptor) {
  const long flags = syscall(SYS_fcntl, descriptor, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

faults::Circumstances circumstances_of(const Subject& subject, std::size_t size) {
  faults::Circumstances circumstances;
  circumstances.size = size;
  circumstances.nonblocking = subject.nonblocking;
  circumstances.creates = subject.creates;
  circumstances.duplicates = subject.duplicates;
  circumstances.passes = subject.passes;
  circumstances.real_time = subject.real_time;
  circumstances.pending = is_pending(subject, Object::any);
  if (subject.kind != Subject::Kind::descriptor) return circumstances;
  circumstances.object = object_of(subject.id);
  circumstances.nonblocking = subject.nonblocking || is_nonblocking(subject.id);
  circumstances.pending = is_pending(subject, circumstances.object);
  circumstances.edge_triggered = is_watched_for_edges(subject.id);
  return circumstances;
}

}  // namespace squall::preload
