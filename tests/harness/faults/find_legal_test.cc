// What the table says to a rule: the row that allows it there, or none.
#include "harness/faults/legality.h"
#include "tests/catch.h"

#include <cerrno>
#include <climits>
#include <set>
#include <tuple>

using namespace squall::faults;

namespace {

bool legal(Action action, Call call, const Circumstances& where, int error = 0) {
  return find_legal(action, call, error, where, false) != nullptr;
}

bool portable(Action action, Call call, const Circumstances& where, int error = 0) {
  return find_legal(action, call, error, where, true) != nullptr;
}

bool is_stream(Object object) {
  return object == Object::pipe || object == Object::unix_stream || object == Object::tcp ||
         object == Object::file;
}

bool waits(Call call) { return calls()[static_cast<std::size_t>(call)].waiting == Waiting::waits; }

/// Circumstances in which every condition holds.
Circumstances best(const Row& row) {
  return at_best({.object = row.object, .nonblocking = row.when != When::blocking, .size = PIPE_BUF + 1});
}

}  // namespace

TEST_CASE("each row names its source, and stands once") {
  std::set<std::tuple<Action, Call, Object, int, When>> seen;
  for (const Row& row : legality()) {
    INFO(name_of(row.call) << " on " << name_of(row.object) << ": " << row.source);
    CHECK(row.source.find('(') != std::string_view::npos);
    CHECK(seen.emplace(row.action, row.call, row.object, row.error, row.when).second);
  }
  CHECK(seen.size() > 120);
}

TEST_CASE("each row is found by some circumstances, and those of Linux without asking for what is portable") {
  for (const Row& row : legality()) {
    INFO(name_of(row.call) << " on " << name_of(row.object) << ", " << name_of(row.when));
    const Row* found =
        find_legal(row.action, row.call, row.error, best(row), row.standard == Standard::posix_allows);
    REQUIRE(found != nullptr);
    CHECK((found == &row || row.standard == Standard::posix_allows));
  }
}

TEST_CASE("only byte streams are shortened, and only calls that wait are interrupted") {
  for (const Row& row : legality()) {
    INFO(name_of(row.call) << " on " << name_of(row.object));
    if (row.action == Action::shorten) CHECK(is_stream(row.object));
    if (row.action == Action::interrupt) CHECK(waits(row.call));
    if (row.action != Action::error) CHECK(row.error == 0);
  }
}

TEST_CASE("no row refuses a read for want of data") {
  for (const Row& row : legality())
    if (calls_named("read").has(row.call)) CHECK(row.error != EAGAIN);
}

TEST_CASE("a pipe write of PIPE_BUF bytes is atomic, and one more is not") {
  CHECK_FALSE(legal(Action::shorten, Call::write, {.object = Object::pipe, .size = PIPE_BUF}));
  CHECK(legal(Action::shorten, Call::write, {.object = Object::pipe, .size = PIPE_BUF + 1}));
  CHECK_FALSE(portable(Action::shorten, Call::write, {.object = Object::pipe, .size = PIPE_BUF}));
}

TEST_CASE("a small read of a stream is short on TCP, elsewhere only where all of POSIX is asked for") {
  CHECK(legal(Action::shorten, Call::recv, {.object = Object::tcp, .size = 2}));
  for (const auto object : {Object::pipe, Object::unix_stream}) {
    CHECK_FALSE(legal(Action::shorten, Call::read, {.object = object, .size = 2}));
    CHECK(portable(Action::shorten, Call::read, {.object = object, .size = 2}));
  }
}

TEST_CASE("a message is never shortened") {
  for (const auto object :
       {Object::unix_dgram, Object::unix_seqpacket, Object::queue, Object::eventfd, Object::other})
    for (const auto call : {Call::read, Call::recv, Call::write, Call::send, Call::mq_receive})
      CHECK_FALSE(portable(Action::shorten, call, {.object = object, .size = 1 << 20}));
}

TEST_CASE("whoever waits for edges gets no short transfer, and no EAGAIN that promises one") {
  Circumstances where{.object = Object::tcp, .nonblocking = true, .size = 1 << 20, .pending = true};
  CHECK(legal(Action::shorten, Call::recv, where));
  CHECK(legal(Action::error, Call::send, where, EAGAIN));
  where.edge_triggered = true;
  CHECK_FALSE(legal(Action::shorten, Call::recv, where));
  CHECK_FALSE(legal(Action::error, Call::send, where, EAGAIN));
  CHECK(legal(Action::interrupt, Call::recv, where));
}

TEST_CASE("a first send into an empty channel is not refused") {
  const Circumstances empty{.object = Object::unix_dgram, .nonblocking = true};
  Circumstances crowded = empty;
  crowded.pending = true;
  Circumstances blocking = crowded;
  blocking.nonblocking = false;
  CHECK_FALSE(legal(Action::error, Call::send, empty, EAGAIN));
  CHECK(legal(Action::error, Call::send, crowded, EAGAIN));
  CHECK_FALSE(legal(Action::error, Call::send, blocking, EAGAIN));
}

TEST_CASE("what makes nothing cannot be without room for it") {
  CHECK_FALSE(legal(Action::error, Call::open, {}, ENOSPC));
  CHECK(legal(Action::error, Call::open, {.creates = true}, ENOSPC));
  CHECK(legal(Action::error, Call::open, {}, EMFILE));
  CHECK_FALSE(legal(Action::error, Call::fcntl, {}, EMFILE));
  CHECK(legal(Action::error, Call::fcntl, {.duplicates = true}, EMFILE));
  CHECK_FALSE(legal(Action::error, Call::sigqueue, {}, EAGAIN));
  CHECK(legal(Action::error, Call::sigqueue, {.real_time = true}, EAGAIN));
  CHECK_FALSE(legal(Action::error, Call::sendmsg, {.object = Object::unix_stream}, ETOOMANYREFS));
  CHECK(legal(Action::error, Call::sendmsg, {.object = Object::unix_stream, .passes = true}, ETOOMANYREFS));
}

TEST_CASE("what the kernel does not do needs a rule that says so") {
  CHECK_FALSE(legal(Action::error, Call::close, {.object = Object::pipe}, EINTR));
  CHECK(portable(Action::error, Call::close, {.object = Object::pipe}, EINTR));
  CHECK_FALSE(portable(Action::error, Call::close, {.object = Object::pipe}, EBADF));
}

TEST_CASE("an error of one object is none of another") {
  CHECK(legal(Action::error, Call::write, {.object = Object::file}, ENOSPC));
  CHECK_FALSE(legal(Action::error, Call::write, {.object = Object::pipe}, ENOSPC));
  CHECK_FALSE(legal(Action::interrupt, Call::read, {.object = Object::file}));
}

TEST_CASE("a wait for a condition may end for no reason, as POSIX allows, and no other wait may") {
  for (std::size_t i = 0; i < calls().size(); ++i) {
    const auto call = static_cast<Call>(i);
    INFO(name_of(call));
    CHECK_FALSE(legal(Action::spurious, call, {}));
    CHECK(portable(Action::spurious, call, {}) ==
          (call == Call::pthread_cond_wait || call == Call::pthread_cond_timedwait));
  }
}
