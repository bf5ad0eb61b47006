// The table against the kernel: what it says of Linux is made to happen here, row by row.
#include "harness/faults/legality.h"

#include "tests/catch.h"
#include "tests/harness/faults/provocation.h"

#include <cerrno>
#include <iostream>
#include <set>
#include <tuple>

using namespace squall::faults;
using namespace squall::tests;

namespace {

/// Whether the kernel does it; a row that this machine cannot try is named, with the reason.
void check(const Row& row) {
  INFO(in_words(row));
  const Outcome outcome = provoke(row);
  if (outcome.kind == Outcome::Kind::impossible)
    std::cout << "skipped: " << in_words(row) << ": " << outcome.why << '\n';
  else
    CHECK(outcome.why == "");
}

template <typename Wanted>
void check_rows(Wanted wanted) {
  unsigned tried = 0;
  for (const Row& row : legality())
    if (row.standard == Standard::linux_does && wanted(row)) {
      check(row);
      ++tried;
    }
  CHECK(tried > 0);
}

bool interrupts(const Row& row, When when) { return row.action == Action::interrupt && row.when == when; }

auto key(const Row& row) {
  return std::tuple(row.action, row.call, row.object, row.error, row.when, row.standard);
}

}  // namespace

TEST_CASE("what an interrupt row says happens: EINTR without SA_RESTART, a restart with it") {
  check_rows([](const Row& row) { return interrupts(row, When::without_restart); });
}

TEST_CASE("what an interrupt row says happens: EINTR even with SA_RESTART") {
  check_rows([](const Row& row) { return interrupts(row, When::handler); });
}

TEST_CASE("what a short row says happens: a part is transferred although all of it was there") {
  check_rows([](const Row& row) { return row.action == Action::shorten; });
}

TEST_CASE("what an error row says happens: no descriptor is left") {
  check_rows([](const Row& row) { return row.action == Action::error && row.error == EMFILE; });
}

TEST_CASE("what an error row says happens: no space is left") {
  check_rows([](const Row& row) { return row.action == Action::error && row.error == ENOSPC; });
}

TEST_CASE("what an error row says happens: the rest") {
  check_rows([](const Row& row) {
    return row.action == Action::error && row.error != EMFILE && row.error != ENOSPC;
  });
}

TEST_CASE("each provocation belongs to a row") {
  std::set<decltype(key(std::declval<Row>()))> keys;
  for (const Row& row : legality()) keys.insert(key(row));
  for (const Provocation& one : all_provocations()) {
    const Row row{one.action, one.call, one.object, one.error, one.when, {}, Standard::linux_does, {}};
    INFO(in_words(row));
    CHECK(keys.count(key(row)) == 1);
  }
}
