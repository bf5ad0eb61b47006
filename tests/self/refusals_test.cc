// What cannot be searched or run again: the program says why, and does not blame a schedule for it.
#include "tests/catch.h"
#include "tests/harness/cli/fixture.h"

#include <string>

using namespace squall::tests;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a directory is no schedule") {
  const Scratch scratch;
  for (const std::string command : {"replay .", "shrink /tmp"}) {
    const Said said = squall_in(scratch.path(), command);
    CHECK(said.status == 2);
    CHECK(has(said.err, "is a directory"));
  }
}
