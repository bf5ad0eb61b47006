// Message queues, POSIX and System V. Async-signal-safe.
#include "harness/preload/attempt.h"
#include "harness/preload/channels.h"
#include "harness/preload/clocks.h"
#include "harness/preload/waiting.h"

namespace squall::preload {
namespace {

[[gnu::always_inline]] inline mqd_t open_queue(const char* name, int flags, mode_t mode,
                                               mq_attr* attributes) {
  return around<Call::mq_open>(at_name(name, flags), [=] {
    return fresh_by_name(real::mq_open(name, flags, mode, attributes), name);
  });
}

Identified on_queue(int queue, int flags) {
  return {Subject::Kind::queue_id, queue, (flags & IPC_NOWAIT) != 0};
}

}  // namespace

SQUALL_EXPORT mqd_t mq_open(const char* name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const bool creates = (flags & O_CREAT) != 0;
  const mode_t mode = creates ? va_arg(rest, mode_t) : 0;
  mq_attr* attributes = creates ? va_arg(rest, mq_attr*) : nullptr;
  va_end(rest);
  return open_queue(name, flags, mode, attributes);
}

SQUALL_EXPORT mqd_t __mq_open_2(const char* name, int flags) { return open_queue(name, flags, 0, nullptr); }

SQUALL_EXPORT int mq_close(mqd_t queue) {
  if (real::mq_close == nullptr) prepare();
  forget(queue);
  return real::mq_close(queue);
}

SQUALL_EXPORT int mq_send(mqd_t queue, const char* message, size_t size, unsigned priority) {
  return around<Call::mq_send>(On{queue}, [=] { return real::mq_send(queue, message, size, priority); });
}

SQUALL_EXPORT int mq_timedsend(mqd_t queue, const char* message, size_t size, unsigned priority,
                               const timespec* end) {
  return around<Call::mq_timedsend>(
      On{queue}, [=] { return real::mq_timedsend(queue, message, size, priority, Deadline(end, true)); });
}

SQUALL_EXPORT ssize_t mq_receive(mqd_t queue, char* message, size_t size, unsigned* priority) {
  return around<Call::mq_receive>(On{queue},
                                  [=] { return real::mq_receive(queue, message, size, priority); });
}

SQUALL_EXPORT ssize_t mq_timedreceive(mqd_t queue, char* message, size_t size, unsigned* priority,
                                      const timespec* end) {
  return around<Call::mq_timedreceive>(
      On{queue}, [=] { return real::mq_timedreceive(queue, message, size, priority, Deadline(end, true)); });
}

SQUALL_EXPORT int mq_notify(mqd_t queue, const sigevent* event) {
  return around<Call::mq_notify>(On{queue}, [=] { return real::mq_notify(queue, event); });
}

SQUALL_EXPORT int mq_unlink(const char* name) {
  return around<Call::mq_unlink>(at_name(name), [=] { return real::mq_unlink(name); });
}

SQUALL_EXPORT int msgget(key_t key, int flags) {
  return around<Call::msgget>(with_key(key, flags), [=] { return real::msgget(key, flags); });
}

SQUALL_EXPORT int msgsnd(int queue, const void* message, size_t size, int flags) {
  return around<Call::msgsnd>(
      on_queue(queue, flags), [=] { return real::msgsnd(queue, message, size, flags); },
      [=] { return send_would_wait(queue, size, flags); });
}

SQUALL_EXPORT ssize_t msgrcv(int queue, void* message, size_t size, long type, int flags) {
  return around<Call::msgrcv>(
      on_queue(queue, flags), [=] { return real::msgrcv(queue, message, size, type, flags); },
      [=] { return receive_would_wait(queue, type, flags); });
}

SQUALL_EXPORT int msgctl(int queue, int command, msqid_ds* status) {
  return around<Call::msgctl>(Identified{Subject::Kind::queue_id, queue},
                              [=] { return real::msgctl(queue, command, status); });
}

}  // namespace squall::preload
