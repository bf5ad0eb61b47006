// Sockets of traced programs, where the kernel would follow its own clock or its own dice: the bounds of
// waiting that SO_RCVTIMEO and SO_SNDTIMEO set, and the ports and names that it gives who asks for any.
//
// The kernel keeps the bounds, since sockets are inherited, duplicated, accepted and sent; but as times so
// long that none ever passes, from which the right ones can be told. Ports and names are numbered from the
// same number in every execution, save those that somebody else has. One thread; one execution. Sources:
// socket(7), ip(7), tcp(7), unix(7), net/core/sock.c, net/ipv4/tcp.c.
#pragma once

#include "harness/engine/controlled/calls.h"
#include "harness/engine/controlled/task.h"

#include <cstdint>
#include <optional>

namespace squall::controlled {

class Sockets {
 public:
  /// When it is a call's turn: does it and gives its result, unless the kernel has to.
  std::optional<std::int64_t> answer(Task&);
  /// At its exit: what was made.
  static void note_result(Task&, std::int64_t result);

  /// How long the call at whose entry the task is waits at most, if what it waits for is a socket that has a
  /// bound.
  std::optional<std::uint64_t> bound_ns_of(const Task&) const;

 private:
  std::optional<std::int64_t> set_bound(const Task&);
  std::optional<std::int64_t> tell_bound(const Task&) const;
  std::optional<std::int64_t> bind_to_any(const Task&);
  void name_before_use(Task&);
  bool leave_one_port(int socket);
  std::int64_t bind_somewhere(int socket, int domain, const void* like, std::uint32_t size);

  bool has_bounds_ = false;  ///< somebody has set one
  unsigned given_ = 0;       ///< ports and names
};

/// Whether a TCP connection of the process has something that it has not got rid of yet, or is being made.
bool has_data_on_its_way(pid_t);
/// Changes with whatever a step does to one of its TCP sockets that could set something on its way free.
std::uint64_t state_of_connections(pid_t);

/// In a network of our own, connections that have been closed do not keep their ports, or an execution would
/// see those of the one before.
void forget_closed_connections();

}  // namespace squall::controlled
