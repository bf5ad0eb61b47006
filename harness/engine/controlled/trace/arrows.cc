#include "harness/engine/controlled/trace/arrows.h"

#include <sys/syscall.h>

#include <algorithm>

namespace squall::controlled {

Passing passing_of(long call) {
  switch (call) {
    case SYS_write:
    case SYS_writev:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_msgsnd:
    case SYS_mq_timedsend:
      return Passing::sends;
    case SYS_msgrcv:
    case SYS_mq_timedreceive:
      return Passing::takes_one;
    case SYS_read:
    case SYS_readv:
    case SYS_recvfrom:
    case SYS_recvmsg:
      return Passing::takes_all;
    default:
      return Passing::nothing;
  }
}

void Arrows::sent(ObjectId object, TaskId task, std::uint64_t step) {
  pending_[object].push_back({step, task});
}

void Arrows::received(ObjectId object, TaskId task, Passing how, std::uint64_t ended) {
  std::vector<Sent>& pending = pending_[object];
  const auto later =
      std::find_if(pending.begin(), pending.end(), [&](const Sent& sent) { return sent.step >= ended; });
  const auto end = how == Passing::takes_one && later != pending.begin() ? pending.begin() + 1 : later;
  for (auto sent = pending.begin(); sent != end; ++sent)
    if (sent->by != task) all_.push_back({sent->step, ended});
  pending.erase(pending.begin(), end);
}

}  // namespace squall::controlled
