// Searches that are told to come to an end before they have: what they say, and what they have by then.
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/cli/fixture.h"

#include <nlohmann/json.hpp>

#include <string>

using namespace squall::tests;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// What squall says when the signal comes once the command, which makes a file `begun`, is under way.
Said interrupted(const Scratch& scratch, const std::string& words, int signal) {
  std::filesystem::remove(scratch / "begun");
  const std::string command = "cd '" + scratch.path() + "' && exec '" SQUALL_BINARY_DIR "/bin/squall' " +
                              words + " >out 2>err </dev/null";
  const pid_t squall = fork_child([&] {
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    return 99;
  });
  CHECK(eventually([&] { return std::filesystem::exists(scratch / "begun"); }));
  kill(squall, signal);
  const int status = end_of(squall, 20 * second_ns);
  return {status, read_whole(scratch / "out").value_or(""), read_whole(scratch / "err").value_or("")};
}

}  // namespace

TEST_CASE("a search that is interrupted says so and proves nothing") {
  const Scratch scratch;
  for (const int signal : {SIGINT, SIGTERM})
    for (const std::string jobs : {"-j 1", "-j 2"}) {
      const Said said = interrupted(scratch, "explore --for 60s " + jobs + " -- sh -c ': > begun'", signal);
      INFO(said.out << said.err);
      CHECK(said.status == 5);
      CHECK(has(said.out, "interrupted"));
    }
}

TEST_CASE("a program is told that the search was interrupted") {
  const Scratch scratch;
  const Said said = interrupted(scratch, "explore --for 60s --format json -- sh -c ': > begun'", SIGINT);
  const auto object = nlohmann::json::parse(said.out);
  CHECK(object["exit_code"] == 5);
  CHECK(has(object["reason"], "interrupted"));
}

TEST_CASE("a sweep that is interrupted says so and proves nothing") {
  const Scratch scratch;
  for (const int signal : {SIGINT, SIGTERM}) {
    const Said said = interrupted(scratch, "sweep -- sh -c ': > begun; sleep 0.3'", signal);
    INFO(said.out << said.err);
    CHECK(said.status == 5);
    CHECK(has(said.out, "interrupted"));
  }
}

TEST_CASE("what a shrink has when it is interrupted is kept") {
  const Scratch scratch;
  const std::string program =
      "'for i in 1 2 3 4 5 6; do (: > begun; sleep 1) & done; wait; i=0; "
      "while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 1'";
  REQUIRE(squall_in(scratch.path(), "explore --runs 1 --out found.schedule -- sh -c " + program).status == 1);
  const Said said = interrupted(scratch, "shrink found.schedule --for 60s", SIGTERM);
  INFO(said.out << said.err);
  CHECK(said.status == 1);
  CHECK(has(said.out, "(interrupted)"));
  CHECK(squall_in(scratch.path(), "replay found.shrunk.schedule").status == 1);
}
