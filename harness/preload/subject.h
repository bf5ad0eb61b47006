// What a call is made on, as its wrapper says it. The small structs cost nothing until somebody asks: only
// the slow path makes a Subject of them.
#pragma once

#include "harness/preload/libc.h"

#include <cstddef>

namespace squall::preload {

struct Subject {
  enum class Kind : unsigned char {
    nothing,
    descriptor,
    path,     ///< `directory` and `pointer`
    name,     ///< of a queue, a segment or a semaphore: `pointer`
    memory,   ///< an address: `pointer`
    ipc_key,  ///< System V: `id`
    queue_id,
    semaphore_id,
    segment_id,
    polled,    ///< `pointer`: `size` pollfds
    selected,  ///< `pointer`: three fd_sets of `size` descriptors
  };
  Kind kind = Kind::nothing;
  bool nonblocking = false;  ///< this one call is
  bool whole = false;        ///< must not be cut
  bool creates = false;      ///< for the legality table, as are the next three: see faults::Circumstances
  bool duplicates = false;
  bool passes = false;
  bool real_time = false;
  int id = -1;           ///< descriptor, identifier, key or directory
  std::size_t size = 0;  ///< what is asked for: bytes, messages, descriptors
  const void* pointer = nullptr;
  const sockaddr* address = nullptr;  ///< whom a socket is to talk to
  socklen_t address_size = 0;
  const sigset_t* mask = nullptr;  ///< in force while the call waits; null: the thread's
};

struct Nothing {
  const sigset_t* mask = nullptr;
  bool creates = false;
  bool real_time = false;
  std::size_t size = 0;
  Subject subject() const {
    Subject subject;
    subject.mask = mask;
    subject.creates = creates;
    subject.real_time = real_time;
    return subject;
  }
};

struct On {
  int descriptor;
  std::size_t size = 0;
  bool nonblocking = false;
  bool whole = false;
  Subject subject() const {
    Subject subject;
    subject.kind = Subject::Kind::descriptor;
    subject.id = descriptor;
    subject.size = size;
    subject.nonblocking = nonblocking;
    subject.whole = whole;
    return subject;
  }
};

/// A descriptor, and the mask that is in force meanwhile.
struct Masked {
  On on;
  const sigset_t* mask;
  std::size_t size = 0;
  Subject subject() const {
    Subject subject = on.subject();
    subject.mask = mask;
    return subject;
  }
};

/// A descriptor of which another one may be made.
struct Duplicating {
  int descriptor;
  bool duplicates;
  std::size_t size = 0;
  Subject subject() const {
    Subject subject = On{descriptor}.subject();
    subject.duplicates = duplicates;
    return subject;
  }
};

/// A socket and an address.
struct Towards {
  int descriptor;
  const sockaddr* address;
  socklen_t address_size;
  std::size_t size = 0;
  bool nonblocking = false;
  bool creates = false;
  Subject subject() const {
    Subject subject = On{descriptor, size, nonblocking}.subject();
    subject.address = address;
    subject.address_size = address_size;
    subject.creates = creates;
    return subject;
  }
};

/// A path, a name or an address.
struct Named {
  Subject::Kind kind;
  const void* pointer;
  int directory = AT_FDCWD;
  bool nonblocking = false;
  bool creates = false;
  std::size_t size = 0;
  Subject subject() const {
    Subject subject;
    subject.kind = kind;
    subject.pointer = pointer;
    subject.id = directory;
    subject.nonblocking = nonblocking;
    subject.creates = creates;
    return subject;
  }
};
inline Named at_path(const char* path, int flags = 0, int directory = AT_FDCWD) {
  return {Subject::Kind::path, path, directory, (flags & O_NONBLOCK) != 0, (flags & O_CREAT) != 0};
}
inline Named at_name(const char* name, int flags = 0) {
  return {Subject::Kind::name, name, AT_FDCWD, false, (flags & O_CREAT) != 0};
}
inline Named in_memory(const volatile void* address) {
  return {Subject::Kind::memory, const_cast<const void*>(address)};
}

/// A System V identifier or key.
struct Identified {
  Subject::Kind kind;
  int id;
  bool nonblocking = false;
  bool creates = false;
  std::size_t size = 0;
  Subject subject() const {
    Subject subject;
    subject.kind = kind;
    subject.id = id;
    subject.nonblocking = nonblocking;
    subject.creates = creates;
    return subject;
  }
};
inline Identified with_key(int key, int flags) {
  return {Subject::Kind::ipc_key, key, false, key == IPC_PRIVATE || (flags & IPC_CREAT) != 0};
}

struct Several {
  Subject::Kind kind;
  const void* pointer;
  std::size_t count;
  bool nonblocking;
  const sigset_t* mask = nullptr;
  std::size_t size = 0;
  Subject subject() const {
    Subject subject;
    subject.kind = kind;
    subject.pointer = pointer;
    subject.size = count;
    subject.nonblocking = nonblocking;
    subject.mask = mask;
    return subject;
  }
};

}  // namespace squall::preload
