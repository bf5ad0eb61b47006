// What programs believe of the machine and of the network that they are on.
#include "tests/catch.h"
#include "tests/harness/child.h"
#include "tests/harness/engine/controlled/controlled.h"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

std::string written_by(const char* name) {
  const Exploration found = explored(program(name), 1);
  INFO(found.last.what);
  CHECK(found.last.failure == Failure::none);
  return found.last.output;
}

}  // namespace

TEST_CASE("ports, names and random bytes are the same in every execution") {
  for (const char* name : {"tells-name", "tells-random-bytes"}) {
    INFO(name);
    const std::string first = written_by(name);
    CHECK(first != "");
    CHECK(written_by(name) == first);
  }
  CHECK(written_by("tells-name") == "00000\n");
}

TEST_CASE("random bytes come as many at once as the kernel gives") { written_by("much-randomness"); }

TEST_CASE("where an address space has no room for control its accesses are no points, and it goes on") {
  const Exploration found = explored(program("little-room"), 1);
  INFO(found.last.what);
  CHECK(found.last.failure == Failure::none);
  CHECK(found.last.notes ==
        std::vector<std::string>{"the limit of 0's address space counts what control needs",
                                 "accesses to shared-0-3 are not schedule points: Cannot allocate memory"});
}

TEST_CASE("whoever asks for any port gets one after the other") {
  int ports[4] = {};
  const std::string text = written_by("tells-ports");
  REQUIRE(std::sscanf(text.c_str(), "%d %d %d %d", &ports[0], &ports[1], &ports[2], &ports[3]) == 4);
  CHECK(ports[0] >= 49'152);  // more where somebody else has it
  CHECK(std::is_sorted(std::begin(ports), std::end(ports)));
}

TEST_CASE("a connection that fails leaves its socket without a port") {
  int ports[3] = {};
  const std::string text = written_by("bound-after-failure");
  REQUIRE(std::sscanf(text.c_str(), "%d %d %d", &ports[0], &ports[1], &ports[2]) == 3);
  CHECK(ports[0] >= 49'152);
  CHECK(std::is_sorted(std::begin(ports), std::end(ports)));
}

TEST_CASE("programs neither see who traces them nor get away") {
  for (const char* name : {"plain-scheduler", "untraced-child", "hidden-memory"}) {
    INFO(name);
    const Exploration found = explored(program(name), 20, "random");
    INFO(found.last.what);
    CHECK(found.last.failure == Failure::none);
    CHECK(found.last.notes == std::vector<std::string>{});
  }
}

TEST_CASE("the scheduler and the clocks answer as the kernel would") {
  for (const char* name : {"obeyed-scheduler", "scheduled-by-others", "niced-together",
                           "refused-by-scheduler", "scheduled-alone", "counted-processors", "plain-clocks"}) {
    INFO(name);
    Search search;
    search.most_runs = 3;
    search.is_verified = true;
    const Exploration found = Explorer(program(name)).explore(search);
    INFO(found.last.what);
    CHECK(found.unequal == "");
    CHECK(found.last.failure == Failure::none);
  }
}

TEST_CASE("a crash leaves no core file") {
  rlimit before{};
  getrlimit(RLIMIT_CORE, &before);
  const rlimit most{before.rlim_max, before.rlim_max};
  setrlimit(RLIMIT_CORE, &most);
  Scratch scratch;
  Settings settings = program("crashes");
  settings.command.directory = scratch.path();
  CHECK(explored(settings, 1).last.failure == Failure::fatal_signal);
  CHECK(std::filesystem::is_empty(scratch.path()));
  setrlimit(RLIMIT_CORE, &before);
}
