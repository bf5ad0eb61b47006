// Reading and writing through descriptors. Async-signal-safe.
#include "harness/preload/attempt.h"
#include "harness/preload/vectors.h"

namespace squall::preload {
namespace {

/// The vectors are counted only where a rule may want them cut.
struct OnVectors {
  int descriptor;
  const iovec* vectors;
  int count;
  static constexpr std::size_t size = SIZE_MAX;
  Subject subject() const {
    const auto entries = static_cast<std::size_t>(count < 0 || count > IOV_MAX ? 0 : count);
    return On{descriptor, total_of(vectors, entries)}.subject();
  }
};

/// Runs `transfer` on as much of the vectors as is left of the request.
template <Call call, class Transfer>
[[gnu::always_inline]] inline ssize_t around_vectors(int descriptor, const iovec* vectors, int count,
                                                     const Transfer transfer) {
  return around<call>(OnVectors{descriptor, vectors, count}, [=](std::size_t size) {
    if (size == SIZE_MAX || count < 0 || count > IOV_MAX) return transfer(vectors, count);
    const Cut cut(vectors, static_cast<std::size_t>(count), size);
    return transfer(static_cast<const iovec*>(cut.vectors()), cut.count());
  });
}

}  // namespace

SQUALL_EXPORT ssize_t read(int descriptor, void* buffer, size_t size) {
  return around<Call::read>(On{descriptor, size},
                            [=](size_t left) { return real::read(descriptor, buffer, left); });
}

SQUALL_EXPORT ssize_t __read_chk(int descriptor, void* buffer, size_t size, size_t room) {
  if (size > room) return real::__read_chk(descriptor, buffer, size, room);
  return ::read(descriptor, buffer, size);
}

SQUALL_EXPORT ssize_t pread(int descriptor, void* buffer, size_t size, off_t offset) {
  return around<Call::pread>(On{descriptor, size},
                             [=](size_t left) { return real::pread(descriptor, buffer, left, offset); });
}
SQUALL_ALIAS(pread64, pread);

SQUALL_EXPORT ssize_t __pread_chk(int descriptor, void* buffer, size_t size, off_t offset, size_t room) {
  if (size > room) return real::__pread_chk(descriptor, buffer, size, offset, room);
  return ::pread(descriptor, buffer, size, offset);
}
SQUALL_ALIAS(__pread64_chk, __pread_chk);

SQUALL_EXPORT ssize_t readv(int descriptor, const iovec* vectors, int count) {
  return around_vectors<Call::readv>(descriptor, vectors, count, [=](const iovec* cut, int left) {
    return real::readv(descriptor, cut, left);
  });
}

SQUALL_EXPORT ssize_t preadv(int descriptor, const iovec* vectors, int count, off_t offset) {
  return around_vectors<Call::preadv>(descriptor, vectors, count, [=](const iovec* cut, int left) {
    return real::preadv(descriptor, cut, left, offset);
  });
}
SQUALL_ALIAS(preadv64, preadv);

SQUALL_EXPORT ssize_t preadv2(int descriptor, const iovec* vectors, int count, off_t offset, int flags) {
  return around_vectors<Call::preadv>(descriptor, vectors, count, [=](const iovec* cut, int left) {
    return real::preadv2(descriptor, cut, left, offset, flags);
  });
}
SQUALL_ALIAS(preadv64v2, preadv2);

SQUALL_EXPORT ssize_t write(int descriptor, const void* buffer, size_t size) {
  return around<Call::write>(On{descriptor, size},
                             [=](size_t left) { return real::write(descriptor, buffer, left); });
}

SQUALL_EXPORT ssize_t pwrite(int descriptor, const void* buffer, size_t size, off_t offset) {
  return around<Call::pwrite>(On{descriptor, size},
                              [=](size_t left) { return real::pwrite(descriptor, buffer, left, offset); });
}
SQUALL_ALIAS(pwrite64, pwrite);

SQUALL_EXPORT ssize_t writev(int descriptor, const iovec* vectors, int count) {
  return around_vectors<Call::writev>(descriptor, vectors, count, [=](const iovec* cut, int left) {
    return real::writev(descriptor, cut, left);
  });
}

SQUALL_EXPORT ssize_t pwritev(int descriptor, const iovec* vectors, int count, off_t offset) {
  return around_vectors<Call::pwritev>(descriptor, vectors, count, [=](const iovec* cut, int left) {
    return real::pwritev(descriptor, cut, left, offset);
  });
}
SQUALL_ALIAS(pwritev64, pwritev);

SQUALL_EXPORT ssize_t pwritev2(int descriptor, const iovec* vectors, int count, off_t offset, int flags) {
  return around_vectors<Call::pwritev>(descriptor, vectors, count, [=](const iovec* cut, int left) {
    return real::pwritev2(descriptor, cut, left, offset, flags);
  });
}
SQUALL_ALIAS(pwritev64v2, pwritev2);

SQUALL_EXPORT ssize_t sendfile(int to, int from, off_t* offset, size_t size) {
  return around<Call::sendfile>(On{to, size},
                                [=](size_t left) { return real::sendfile(to, from, offset, left); });
}
SQUALL_ALIAS(sendfile64, sendfile);

SQUALL_EXPORT ssize_t splice(int from, off_t* from_offset, int to, off_t* to_offset, size_t size,
                             unsigned flags) {
  return around<Call::splice>(On{to, size, (flags & SPLICE_F_NONBLOCK) != 0}, [=](size_t left) {
    return real::splice(from, from_offset, to, to_offset, left, flags);
  });
}

SQUALL_EXPORT int eventfd_read(int descriptor, eventfd_t* value) {
  return ::read(descriptor, value, sizeof *value) == sizeof *value ? 0 : -1;
}

SQUALL_EXPORT int eventfd_write(int descriptor, eventfd_t value) {
  return ::write(descriptor, &value, sizeof value) == sizeof value ? 0 : -1;
}

}  // namespace squall::preload
