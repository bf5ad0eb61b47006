// What one process tells another about its part of a sweep.
#include "harness/engine/sweep/stretch.h"

#include "tests/catch.h"

#include <cerrno>
#include <csignal>

using namespace squall;
using namespace squall::sweep;

namespace {

Part made() {
  Part part;
  part.trials = 3;
  part.is_last = true;
  const Site site{faults::Call::read, "/tmp/a \"quoted\" name\nof two lines", 0x1234};
  part.rows[site] = {0, 3, 2, 1};
  part.rows[{faults::Call::open, "", 0}] = {0, 1, 0, 0};
  const Fault fault{faults::Action::shorten, 0, faults::Grade::transparent};
  part.findings.push_back({site, {faults::Call::read, fault, 0, false, 3, 3}, "exits with 2"});
  return part;
}

}  // namespace

TEST_CASE("a part is read as it was written, whatever the names of files") {
  const std::string text = written(made());
  const auto read = read_part(text);
  REQUIRE(read);
  CHECK(written(*read) == text);
  CHECK(read->is_last);
  CHECK_FALSE(read->was_cut_short);
  REQUIRE(read->findings.size() == 1);
  CHECK(read->findings[0].site == made().findings[0].site);
  CHECK(in_words(read->findings[0].stretch) == "read: short, occurrence 3");
}

TEST_CASE("a part that was cut off is no part") {
  const std::string text = written(made());
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, text.size() / 2, text.size() - 4}) {
    INFO(size);
    CHECK_FALSE(read_part(text.substr(0, size)));
  }
}

TEST_CASE("a stretch tells its fault, and as a scenario does") {
  const Fault emfile{faults::Action::error, EMFILE, faults::Grade::hard};
  CHECK(in_words({faults::Call::open, emfile, 0, true, 2, 9}) == "open: EMFILE, from occurrence 2");
  CHECK(as_rule({faults::Call::open, emfile, 0, true, 2, 9}) == "error: EMFILE, call: open");
  const Fault interrupt{faults::Action::interrupt, 0, faults::Grade::transparent};
  CHECK(in_words({faults::Call::read, interrupt, SIGUSR1, false, 1, 1}) == "read: interrupted, occurrence 1");
  CHECK(as_rule({faults::Call::read, interrupt, SIGUSR1, false, 1, 1}) == "interrupt: read, signal: USR1");
}

TEST_CASE("what never ends is only what a program need not try again") {
  CHECK(may_last({faults::Action::error, EMFILE, faults::Grade::hard}));
  CHECK_FALSE(may_last({faults::Action::error, EAGAIN, faults::Grade::transparent}));
  CHECK(may_last({faults::Action::shorten, 0, faults::Grade::transparent}));
  CHECK_FALSE(may_last({faults::Action::interrupt, 0, faults::Grade::transparent}));
}
