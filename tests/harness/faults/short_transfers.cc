// A transfer is short although its caller asked for no more than the other side gave, or had room for: the
// other side is one call of a child's.
#include "tests/harness/faults/actor.h"
#include "tests/harness/faults/objects.h"
#include "tests/harness/faults/provocation.h"
#include "tests/harness/faults/transfer.h"
#include "tests/harness/faults/trial.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <unistd.h>

namespace squall::tests {
namespace {

using faults::Call;
using faults::Object;
using faults::When;

/// More than any of the small objects holds.
constexpr std::size_t much = 1 << 20;
static_assert(much > PIPE_BUF);

Outcome expect_short(const char* what, long moved) {
  if (moved > 0 && moved < static_cast<long>(much)) return happened();
  return refuted(std::string(what) + " moved " + std::to_string(moved) + " of " + std::to_string(much));
}

/// The child writes it all in one call, and waits in it.
Outcome read_short(Call call, Object object) {
  const SharedEnds ends = make_ends(object);
  const Actor writer([ends] { return give(Call::write, ends->writing.get(), std::string(much, 'x')); });
  if (!writer.settle() || writer.returned()) return refuted("the writer did not wait");
  std::string data(much, '\0');
  return expect_short("the reader", take(call, ends->reading.get(), data.data(), much));
}

/// No handler is there, and none is needed.
Outcome stop_halfway(const Act& act) {
  const Actor writer(act);
  if (!writer.settle()) return refuted("the writer did not wait");
  if (!writer.stop_and_continue()) return refuted("the writer did not stop");
  return writer.returned() ? expect_short("the writer", writer.result()) : refuted("the writer goes on");
}

Outcome write_short(Call call, Object object) {
  return stop_halfway(
      [call, ends = make_ends(object)] { return give(call, ends->writing.get(), std::string(much, 'x')); });
}

Outcome send_file_short(Object object) {
  return stop_halfway(
      [ends = make_ends(object), file = std::make_shared<FileDescriptor>(make_file(std::string(much, 'x')))] {
        off_t from = 0;
        return sendfile(ends->writing.get(), file->get(), &from, much);
      });
}

/// The second pipe has room for one page of them.
Outcome splice_short() {
  const SharedEnds from = make_ends(Object::pipe), to = make_ends(Object::pipe);
  must(fcntl(from->writing.get(), F_SETPIPE_SZ, much));
  if (give(Call::write, from->writing.get(), std::string(much, 'x')) != static_cast<long>(much))
    return refuted("the first pipe does not hold it");
  return expect_short("splice",
                      splice(from->reading.get(), nullptr, to->writing.get(), nullptr, much, SPLICE_F_MOVE));
}

/// Another file goes away between the two halves: what could not be written fits then.
Outcome write_file_short(Call call) {
  return try_isolated(ENOSPC, [call]() -> Trial {
    constexpr std::size_t page = 4096;
    Trial trial{.obstacle = mount_small_tmpfs(2 * page)};
    if (!trial.obstacle.empty()) return trial;
    const FileDescriptor file(must(creat("/dev/shm/file", 0600))), other(must(creat("/dev/shm/other", 0600)));
    if (give(Call::write, other.get(), std::string(page, 'x')) != static_cast<long>(page) ||
        give(call, file.get(), std::string(2 * page, 'x')) != static_cast<long>(page))
      trial.wrong = "the first page was written, or the second one too";
    trial.error = pwrite(file.get(), "x", 1, page) < 0 ? errno : 0;
    must(ftruncate(other.get(), 0));
    if (pwrite(file.get(), "x", 1, page) != 1) trial.wrong = "the rest is not written when there is room";
    return trial;
  });
}

}  // namespace

Provocations short_transfers() {
  using enum Call;
  Provocations all;
  const auto add = [&](std::initializer_list<Call> calls, Object object, When when, auto provoke) {
    for (Call call : calls)
      all.push_back({faults::Action::shorten, call, object, 0, when, [=] { return provoke(call, object); }});
  };
  const auto to_file = [](Call call, Object) { return write_file_short(call); };
  const auto from_file = [](Call, Object object) { return send_file_short(object); };
  const auto spliced = [](Call, Object) { return splice_short(); };
  add({Call::read, readv}, Object::pipe, When::above_pipe_buf, read_short);
  add({Call::read, readv, recv, recvfrom, recvmsg}, Object::unix_stream, When::above_pipe_buf, read_short);
  add({Call::read, readv, recv, recvfrom, recvmsg}, Object::tcp, When::always, read_short);
  add({Call::write, writev}, Object::pipe, When::above_pipe_buf, write_short);
  add({Call::write, writev, send, sendto, sendmsg}, Object::unix_stream, When::above_pipe_buf, write_short);
  add({Call::write, writev, send, sendto, sendmsg}, Object::tcp, When::always, write_short);
  add({Call::write, writev, Call::pwrite, pwritev}, Object::file, When::always, to_file);
  for (Object object : {Object::pipe, Object::unix_stream, Object::tcp})
    add({Call::sendfile}, object, When::always, from_file);
  add({Call::splice}, Object::pipe, When::always, spliced);
  return all;
}

}  // namespace squall::tests
