#include "harness/faults/legality.h"

#include <cerrno>
#include <climits>

namespace squall::faults {
namespace {

constexpr Row rows[] = {
#define ERROR(call, object, number, when, grade, standard, source) \
  {Action::error, Call::call, Object::object, number, When::when, Grade::grade, Standard::standard, source},
#define SHORT(call, object, when, standard, source)            \
  {Action::shorten, Call::call,         Object::object,     0, \
   When::when,      Grade::transparent, Standard::standard, source},
#define INTERRUPT(call, object, when, standard, source)          \
  {Action::interrupt, Call::call,         Object::object,     0, \
   When::when,        Grade::transparent, Standard::standard, source},
#define SPURIOUS(call, object, when, standard, source)          \
  {Action::spurious, Call::call,         Object::object,     0, \
   When::when,       Grade::transparent, Standard::standard, source},
#include "harness/faults/legality.def"
#undef ERROR
#undef SHORT
#undef INTERRUPT
#undef SPURIOUS
};

/// What depends on handlers is decided by the kernel when it happens.
bool holds(When when, const Circumstances& circumstances) {
  switch (when) {
    case When::nonblocking:
      return circumstances.nonblocking;
    case When::blocking:
      return !circumstances.nonblocking;
    case When::above_pipe_buf:
      return circumstances.size > PIPE_BUF;
    case When::creating:
      return circumstances.creates;
    case When::duplicating:
      return circumstances.duplicates;
    case When::passing:
      return circumstances.passes;
    case When::real_time:
      return circumstances.real_time;
    case When::crowded:
      return circumstances.nonblocking && circumstances.pending;
    case When::always:
    case When::without_restart:
    case When::handler:
      break;
  }
  return true;
}

/// To whoever waits for edges it would be a lie: nothing is exhausted, so no edge follows.
bool promises_an_edge(Action action, int error) { return action == Action::shorten || error == EAGAIN; }

}  // namespace

std::span<const Row> legality() { return rows; }

std::string_view name_of(Object object) {
  constexpr std::string_view names[] = {"any",        "pipe",           "unix-stream", "tcp",
                                        "unix-dgram", "unix-seqpacket", "eventfd",     "queue",
                                        "file",       "other"};
  return names[static_cast<unsigned>(object)];
}

std::string_view name_of(When when) {
  constexpr std::string_view names[] = {"always",
                                        "in non-blocking mode",
                                        "in blocking mode",
                                        "above PIPE_BUF",
                                        "with a handler without SA_RESTART",
                                        "with any handler",
                                        "when it makes something new",
                                        "when it duplicates a descriptor",
                                        "when it passes descriptors",
                                        "of a real-time signal",
                                        "in non-blocking mode with something unread"};
  return names[static_cast<unsigned>(when)];
}

Circumstances at_best(Circumstances circumstances) {
  circumstances.creates = circumstances.duplicates = circumstances.passes = true;
  circumstances.real_time = circumstances.pending = true;
  circumstances.edge_triggered = false;
  return circumstances;
}

const Row* find_legal(Action action, Call call, int error, const Circumstances& circumstances,
                      bool portable) {
  if (circumstances.edge_triggered && promises_an_edge(action, error)) return nullptr;
  for (const Row& row : rows)
    if (row.action == action && row.call == call && row.error == error &&
        (row.object == Object::any || row.object == circumstances.object) && holds(row.when, circumstances) &&
        (portable || row.standard == Standard::linux_does))
      return &row;
  return nullptr;
}

}  // namespace squall::faults
