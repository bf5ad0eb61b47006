// Waiting for several descriptors. Async-signal-safe.
#include "harness/preload/attempt.h"
#include "harness/preload/channels.h"
#include "harness/preload/waiting.h"

namespace squall::preload {
namespace {

Several polled(const pollfd* descriptors, nfds_t count, bool at_once, const sigset_t* mask = nullptr) {
  return {Subject::Kind::polled, descriptors, count, at_once, mask};
}

bool is_zero(const timespec* time) { return time != nullptr && time->tv_sec == 0 && time->tv_nsec == 0; }
bool is_zero(const timeval* time) { return time != nullptr && time->tv_sec == 0 && time->tv_usec == 0; }

}  // namespace

SQUALL_EXPORT int poll(pollfd* descriptors, nfds_t count, int timeout_ms) {
  return around<Call::poll>(
      polled(descriptors, count, timeout_ms == 0), [=] { return real::poll(descriptors, count, timeout_ms); },
      [=] { return timeout_ms != 0 && poll_would_wait(descriptors, count); });
}

SQUALL_EXPORT int __poll_chk(pollfd* descriptors, nfds_t count, int timeout_ms, size_t room) {
  if (room / sizeof(pollfd) < count) return real::__poll_chk(descriptors, count, timeout_ms, room);
  return ::poll(descriptors, count, timeout_ms);
}

SQUALL_EXPORT int ppoll(pollfd* descriptors, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  return around<Call::ppoll>(
      polled(descriptors, count, is_zero(timeout), mask),
      [=] { return real::ppoll(descriptors, count, timeout, mask); },
      [=] { return !is_zero(timeout) && poll_would_wait(descriptors, count); });
}

SQUALL_EXPORT int __ppoll_chk(pollfd* descriptors, nfds_t count, const timespec* timeout,
                              const sigset_t* mask, size_t room) {
  if (room / sizeof(pollfd) < count) return real::__ppoll_chk(descriptors, count, timeout, mask, room);
  return ::ppoll(descriptors, count, timeout, mask);
}

SQUALL_EXPORT int select(int count, fd_set* reading, fd_set* writing, fd_set* failing, timeval* timeout) {
  const fd_set* const sets[] = {reading, writing, failing};
  return around<Call::select>(
      Several{Subject::Kind::selected, sets, static_cast<size_t>(count), is_zero(timeout)},
      [=] { return real::select(count, reading, writing, failing, timeout); },
      [=] { return !is_zero(timeout) && select_would_wait(count, reading, writing, failing); });
}

SQUALL_EXPORT int pselect(int count, fd_set* reading, fd_set* writing, fd_set* failing,
                          const timespec* timeout, const sigset_t* mask) {
  const fd_set* const sets[] = {reading, writing, failing};
  return around<Call::pselect>(
      Several{Subject::Kind::selected, sets, static_cast<size_t>(count), is_zero(timeout), mask},
      [=] { return real::pselect(count, reading, writing, failing, timeout, mask); },
      [=] { return !is_zero(timeout) && select_would_wait(count, reading, writing, failing); });
}

SQUALL_EXPORT int epoll_create1(int flags) {
  return around<Call::epoll_create1>(Nothing{}, [=] { return fresh(real::epoll_create1(flags)); });
}

SQUALL_EXPORT int epoll_create(int size) {
  return around<Call::epoll_create1>(Nothing{}, [=] { return fresh(real::epoll_create(size)); });
}

SQUALL_EXPORT int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) {
  return around<Call::epoll_ctl>(On{descriptor}, [=] {
    const int result = real::epoll_ctl(epoll, operation, descriptor, event);
    if (result == 0 && operation == EPOLL_CTL_ADD) include(epoll, descriptor);
    if (result == 0 && operation != EPOLL_CTL_DEL)
      watch_for_edges(descriptor, (event->events & EPOLLET) != 0);
    return result;
  });
}

SQUALL_EXPORT int epoll_wait(int epoll, epoll_event* events, int count, int timeout_ms) {
  return around<Call::epoll_wait>(On{epoll, 0, timeout_ms == 0},
                                  [=] { return real::epoll_wait(epoll, events, count, timeout_ms); });
}

SQUALL_EXPORT int epoll_pwait(int epoll, epoll_event* events, int count, int timeout_ms,
                              const sigset_t* mask) {
  return around<Call::epoll_pwait>(Masked{On{epoll, 0, timeout_ms == 0}, mask},
                                   [=] { return real::epoll_pwait(epoll, events, count, timeout_ms, mask); });
}

SQUALL_EXPORT int epoll_pwait2(int epoll, epoll_event* events, int count, const timespec* timeout,
                               const sigset_t* mask) {
  return around<Call::epoll_pwait>(Masked{On{epoll, 0, is_zero(timeout)}, mask},
                                   [=] { return real::epoll_pwait2(epoll, events, count, timeout, mask); });
}

}  // namespace squall::preload
