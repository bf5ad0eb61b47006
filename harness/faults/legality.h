// What may really happen: call × kind of object × circumstances → fault. The rows are data (legality.def),
// each with its source. A row marked `linux` was provoked on this kernel by tests/harness/faults; a row
// marked `posix` is what the standard allows and Linux does not do, and only a rule that says `portable:
// true` uses it.
//
// What cannot be known where a call is made stays at its default, and the row does not hold then: a missed
// bug is better than a false alarm.
//
// Static data; everything here is async-signal-safe.
#pragma once

#include "harness/faults/call.h"
#include "harness/faults/page.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace squall::faults {

/// What a call is made on.
enum class Object : std::uint8_t {
  any,   ///< of a row: whatever it is. Of a call: there is none
  pipe,  ///< FIFOs too
  unix_stream,
  tcp,
  unix_dgram,
  unix_seqpacket,
  eventfd,
  queue,  ///< of POSIX messages
  file,   ///< a regular one, memfd and shared memory too
  other,
};
std::string_view name_of(Object);

/// When it may happen, beyond the call and the object.
enum class When : std::uint8_t {
  always,
  nonblocking,      ///< the descriptor, or the call, is in non-blocking mode
  blocking,         ///< it is not
  above_pipe_buf,   ///< more than PIPE_BUF bytes are asked for
  without_restart,  ///< a handler without SA_RESTART runs while the call waits
  handler,          ///< any handler runs while the call waits
  creating,         ///< it may make something new: see Circumstances::creates
  duplicating,      ///< a descriptor is duplicated: fcntl(F_DUPFD) and nothing else that fcntl() can
  passing,          ///< descriptors are sent with it
  real_time,        ///< a real-time signal is queued
  crowded,          ///< in non-blocking mode, while something that was sent before has not been received
};
std::string_view name_of(When);

enum class Grade : std::uint8_t {
  transparent,  ///< must not change the result
  hard,         ///< may end the program with a clean error
};
enum class Standard : std::uint8_t { linux_does, posix_allows };

struct Row {
  Action action;  ///< error, shorten, interrupt or spurious
  Call call;
  Object object;
  int error;  ///< of an error; 0 otherwise
  When when;
  Grade grade;
  Standard standard;
  std::string_view source;
};
std::span<const Row> legality();

struct Circumstances {
  Object object = Object::any;
  bool nonblocking = false;
  std::size_t size = 0;  ///< bytes asked for
  /// O_CREAT or IPC_CREAT (IPC_PRIVATE) is given; signalfd() is given −1; bind() is given a path.
  bool creates = false;
  bool duplicates = false;  ///< fcntl() is asked for F_DUPFD or F_DUPFD_CLOEXEC
  bool passes = false;      ///< sendmsg() is given SCM_RIGHTS
  bool real_time = false;   ///< the signal of sigqueue() is SIGRTMIN or above
  /// Something sent on it has not been received: FIONREAD of a pipe, SIOCOUTQ of a socket, msg_qnum.
  bool pending = false;
  /// It is watched with EPOLLET. Whoever waits for edges takes a short transfer, and EAGAIN, for the promise
  /// of another edge (epoll(7), question 9), and the kernel keeps it; an injector cannot.
  bool edge_triggered = false;
};

/// With all that only the call itself can tell as the rows want it: could it ever happen?
Circumstances at_best(Circumstances);

/// The row that allows it; null: none does.
const Row* find_legal(Action, Call, int error, const Circumstances&, bool portable);

}  // namespace squall::faults
