#include "tests/harness/faults/interrupt.h"
#include "tests/harness/faults/objects.h"
#include "tests/harness/faults/transfer.h"

#include <fcntl.h>
#include <sys/sendfile.h>

namespace squall::tests {
namespace {

using faults::Call;
using faults::Object;
using faults::When;

/// Nothing is there.
Scene taking(Call call, Object object) {
  return [=]() -> Act {
    return [call, ends = make_ends(object)] {
      char data[8];
      return take(call, ends->reading.get(), data, sizeof data);
    };
  };
}

/// An eventfd's counter is full at 2^64 − 2.
std::string smallest_piece(Object object) {
  return object == Object::eventfd ? std::string("\xfe\xff\xff\xff\xff\xff\xff\xff", 8) : "x";
}

/// Gives small pieces until there is no room: no piece can be given in part.
Scene giving(Call call, Object object) {
  return [=]() -> Act {
    return [call, ends = make_ends(object), piece = smallest_piece(object)] {
      long given;
      do given = give(call, ends->to_write(), piece);
      while (given > 0);
      return given;
    };
  };
}

Scene sending_a_file(Object object) {
  return [object]() -> Act {
    return [ends = make_ends(object), file = std::make_shared<FileDescriptor>(make_file("x"))] {
      long given;
      do {
        off_t from = 0;
        given = sendfile(ends->writing.get(), file->get(), &from, 1);
      } while (given > 0);
      return given;
    };
  };
}

Act splice_from_an_empty_pipe() {
  return [from = make_ends(Object::pipe), to = make_ends(Object::pipe)] {
    return splice(from->reading.get(), nullptr, to->writing.get(), nullptr, 1, 0);
  };
}

using Calls = std::initializer_list<Call>;

void add(Provocations& all, Calls calls, Objects objects, Scene (*scene)(Call, Object)) {
  for (Call call : calls)
    for (Object object : objects)
      all.push_back(interrupt(call, object, When::without_restart, scene(call, object)));
}

}  // namespace

Provocations interrupts_of_transfers() {
  using enum Call;
  const Objects no_sockets = {Object::pipe, Object::eventfd};
  Provocations all;
  add(all, {Call::read, readv, recv, recvfrom, recvmsg, recvmmsg}, sockets, taking);
  add(all, {Call::read, readv}, no_sockets, taking);
  add(all, {Call::read, readv}, {Object::other}, taking);
  add(all, {Call::write, writev, send, sendto, sendmsg, sendmmsg}, sockets, giving);
  add(all, {Call::write, writev}, no_sockets, giving);
  for (Object object : {Object::pipe, Object::unix_stream, Object::tcp})
    all.push_back(interrupt(Call::sendfile, object, When::without_restart, sending_a_file(object)));
  all.push_back(interrupt(Call::splice, Object::pipe, When::without_restart, splice_from_an_empty_pipe));
  return all;
}

}  // namespace squall::tests
