// The tests of the table are tested: what the kernel does not do is not found to happen.
#include "tests/harness/faults/provocation.h"

#include "tests/catch.h"
#include "tests/harness/child.h"
#include "tests/harness/faults/interrupt.h"
#include "tests/harness/faults/objects.h"
#include "tests/harness/faults/trial.h"

#include <cerrno>

using namespace squall::faults;
using namespace squall::tests;
using squall::FileDescriptor;

namespace {

Row made_up(Action action, Call call, Object object, int error, When when) {
  return {action, call, object, error, when, Grade::hard, Standard::linux_does, "nobody says so"};
}

/// read() of an empty pipe, which is restarted where the handler wants it.
Act read_an_empty_pipe() {
  return [ends = make_ends(Object::pipe)] {
    char byte;
    return read(ends->reading.get(), &byte, 1);
  };
}

Act wait_for_a_signal_that_is_blocked() {
  return [] {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    int number;
    return static_cast<long>(sigwait(&set, &number));
  };
}

std::string finding(const Provocation& provocation) { return provocation.provoke().why; }

}  // namespace

TEST_CASE("a row that was made up does not hold") {
  const Row rows[] = {made_up(Action::error, Call::read, Object::pipe, EPERM, When::always),
                      made_up(Action::error, Call::open, Object::any, EMFILE, When::creating),
                      made_up(Action::interrupt, Call::read, Object::file, 0, When::handler),
                      made_up(Action::interrupt, Call::read, Object::pipe, 0, When::handler),
                      made_up(Action::shorten, Call::recv, Object::unix_dgram, 0, When::always),
                      made_up(Action::shorten, Call::read, Object::pipe, 0, When::always)};
  for (const Row& row : rows) CHECK(provoke(row).why == "nobody provokes it");
}

TEST_CASE("a row that is true holds") {
  CHECK(provoke(made_up(Action::error, Call::open, Object::any, EMFILE, When::always)).why == "");
  CHECK(provoke(made_up(Action::shorten, Call::read, Object::tcp, 0, When::always)).why == "");
}

TEST_CASE("a call that is restarted is not taken for one that is interrupted whatever the handler") {
  CHECK(finding(interrupt(Call::read, Object::pipe, When::without_restart, read_an_empty_pipe)) == "");
  CHECK(finding(interrupt(Call::read, Object::pipe, When::handler, read_an_empty_pipe)) ==
        "with SA_RESTART: restarted");
}

TEST_CASE("a call that is interrupted whatever the handler is not taken for one that is restarted") {
  const Scene pausing = []() -> Act { return [] { return pause(); }; };
  CHECK(finding(interrupt(Call::pause, Object::any, When::handler, pausing)) == "");
  CHECK(finding(interrupt(Call::pause, Object::any, When::without_restart, pausing)) ==
        "with SA_RESTART: EINTR");
}

TEST_CASE("a call that no signal interrupts is not found to be interrupted") {
  CHECK(finding(interrupt(Call::sigwait, Object::any, When::without_restart,
                          wait_for_a_signal_that_is_blocked)) == "without SA_RESTART: restarted");
}

TEST_CASE("a call that does not wait is not found to be interrupted") {
  const Scene returning = []() -> Act { return [] { return 7L; }; };
  CHECK(finding(interrupt(Call::read, Object::file, When::without_restart, returning)) ==
        "without SA_RESTART: returned 7");
}

TEST_CASE("an error that nothing provokes is not found") {
  const Attempt open_null = [] { return open("/dev/null", O_RDONLY | O_CLOEXEC); };
  const auto nothing = [] { return std::string(); };
  const Outcome outcome = try_in_child(EMFILE, [&] { return before_and_after(open_null, nothing); });
  CHECK(outcome.kind == Outcome::Kind::refuted);
  CHECK(outcome.why == "it succeeded");
}

TEST_CASE("an error that was there before it was provoked, or is another one, is not taken for it") {
  const Attempt open_missing = [] { return open("/dev/null/missing", O_RDONLY | O_CLOEXEC); };
  const Attempt open_null = [] { return open("/dev/null", O_RDONLY | O_CLOEXEC); };
  CHECK(try_in_child(ENOTDIR, [&] { return before_and_after(open_missing, use_up_descriptors); }).why ==
        "it failed from the beginning: Not a directory");
  CHECK(try_in_child(ENFILE, [&] { return before_and_after(open_null, use_up_descriptors); }).why ==
        "EMFILE");
}

TEST_CASE("what a machine lacks is told apart from what its kernel does not do") {
  const Outcome outcome = try_in_child(EMFILE, []() -> Trial { return {.obstacle = "no such thing"}; });
  CHECK(outcome.kind == Outcome::Kind::impossible);
  CHECK(outcome.why == "no such thing");
}

TEST_CASE("a trial that dies is refuted") {
  const Outcome outcome = try_in_child(0, []() -> Trial {
    raise(SIGKILL);
    return {};
  });
  CHECK(outcome.kind == Outcome::Kind::refuted);
  CHECK(outcome.why == "the child ended with 137");
}
