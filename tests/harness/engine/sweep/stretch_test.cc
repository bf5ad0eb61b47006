// What one process tells another about its part of a sweep.
#include "harness/engine/sweep/stretch.h"

#include "tests/catch.h"

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
  part.findings.push_back({site, "read: short, occurrence 3", "exits with 2", 3});
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
  CHECK(read->findings[0].occurrence == 3);
}

TEST_CASE("a part that was cut off is no part") {
  const std::string text = written(made());
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, text.size() / 2, text.size() - 4}) {
    INFO(size);
    CHECK_FALSE(read_part(text.substr(0, size)));
  }
}

TEST_CASE("what never ends is only what a program need not try again") {
  CHECK(may_last({faults::Action::error, EMFILE, faults::Grade::hard}));
  CHECK_FALSE(may_last({faults::Action::error, EAGAIN, faults::Grade::transparent}));
  CHECK(may_last({faults::Action::shorten, 0, faults::Grade::transparent}));
  CHECK_FALSE(may_last({faults::Action::interrupt, 0, faults::Grade::transparent}));
}
