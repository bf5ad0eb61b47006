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
#include "harness/faults/legality.def"
#undef ERROR
#undef SHORT
#undef INTERRUPT
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
    case When::always:
    case When::without_restart:
    case When::handler:
      break;
  }
  return true;
}

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
                                        "with any handler"};
  return names[static_cast<unsigned>(when)];
}

const Row* find_legal(Action action, Call call, int error, const Circumstances& circumstances,
                      bool portable) {
  for (const Row& row : rows)
    if (row.action == action && row.call == call && row.error == error &&
        (row.object == Object::any || row.object == circumstances.object) && holds(row.when, circumstances) &&
        (portable || row.standard == Standard::linux_does))
      return &row;
  return nullptr;
}

}  // namespace squall::faults
