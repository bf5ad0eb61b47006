// What explore, replay, shrink and sweep say to programs: reports/FORMAT.md.
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/cli/fixture.h"

#include <nlohmann/json.hpp>

#include <string>

using namespace squall::tests;
using nlohmann::json;

namespace {

constexpr std::uint64_t bound_ns = 120 * second_ns;

/// Nothing but the object is on stdout, and it knows the exit code.
json said_by(const Scratch& scratch, const std::string& command, const std::string& rest = "") {
  const Said said = squall_in(scratch.path(), command + " --format json " + rest, bound_ns);
  INFO(said.out << said.err);
  json object = json::parse(said.out);
  CHECK(object.at("squall_" + command.substr(0, command.find(' '))) == 1);
  CHECK(object.at("exit_code") == said.status);
  return object;
}

json explored(const Scratch& scratch, const std::string& program) {
  return said_by(scratch, "explore --seed 1",
                 "-- " SQUALL_BINARY_DIR "/bin/controlled-programs-static " + program);
}

}  // namespace

TEST_CASE("a failure is told to programs from its search to its story") {
  const Scratch scratch;
  const json found = explored(scratch, "lost-update");
  CHECK(found.at("exit_code") == 1);
  CHECK(found.at("failure").at("kind") == "bad-exit");
  const std::string file = found.at("failure").at("file");

  const json again = said_by(scratch, "replay " + file + " --times 5");
  CHECK(again.at("same") == 5);
  CHECK(again.at("failure").at("what") == found.at("failure").at("what"));
  CHECK(again.at("failure").at("steps") == found.at("failure").at("steps"));

  const json simpler = said_by(scratch, "shrink " + file);
  CHECK(simpler.at("after").at("preemptions") == 1);
  CHECK(simpler.at("story").get<std::string>().find("is stopped before its next step") != std::string::npos);
  CHECK(said_by(scratch, "replay " + simpler.at("file").get<std::string>()).at("exit_code") == 1);
}

TEST_CASE("a search that finds nothing tells programs so, and why it ended") {
  const Scratch scratch;
  CHECK(explored(scratch, "lost-update fixed").at("failure").is_null());
  const json all = said_by(scratch, "explore --strategy exhaustive --seed 1", "-- true");
  CHECK(all.at("failure").is_null());
  CHECK(all.at("reason") == "exhausted: 1 schedule, none fails");
}

TEST_CASE("a sweep tells programs its call sites, and of a scenario by process") {
  const Scratch scratch;
  write_text(scratch / "text", "a line\n");
  const json command = said_by(scratch, "sweep", "-- cat text");
  REQUIRE(command.at("swept").size() == 1);
  CHECK(command.at("swept")[0].at("process") == "");
  CHECK(command.at("swept")[0].at("sites").size() > 2);

  write_text(scratch / "pair.yaml", scenario_text("pair"));
  const json scenario = said_by(scratch, "sweep --most 1", "pair.yaml -t pipe");
  REQUIRE(scenario.at("swept").size() == 2);
  CHECK(scenario.at("swept")[0].at("process") == "sender[0]");
  CHECK(scenario.at("swept")[1].at("runs") > 0);
}

TEST_CASE("the command that repeats a failure is one for a shell") {
  const Scratch scratch;
  const json found = said_by(scratch, "explore --out \"it's here\"", "-- false");
  CHECK(found.at("failure").at("file") == "it's here");
  CHECK(found.at("failure").at("command") == "squall replay 'it'\\''s here'");
}

TEST_CASE("bytes that are not UTF-8 are spelled out") {
  const Scratch scratch;
  const json found = said_by(scratch, "explore", "-- sh -c 'printf \"a\\377b\\001\"; exit 1'");
  CHECK(found.at("failure").at("stdout") == "a\\xffb\\x01");
}

TEST_CASE("what cannot be written does not keep programs from being told") {
  const Scratch scratch;
  const json found = said_by(scratch, "explore --out /dev/full", "-- false");
  CHECK(found.at("exit_code") == 3);
  CHECK(found.at("failure").at("kind") == "bad-exit");
  said_by(scratch, "explore --out found", "-- false");
  const json again = said_by(scratch, "replay found --trace /nonexist/x");
  CHECK(again.at("exit_code") == 3);
  CHECK(again.at("same") == 1);
  const json simpler = said_by(scratch, "shrink found --out /dev/full");
  CHECK(simpler.at("exit_code") == 3);
  CHECK(simpler.at("file") == "");
}
