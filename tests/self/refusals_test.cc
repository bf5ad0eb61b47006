// What cannot be searched or run again: the program says why, and does not blame a schedule for it.
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/harness/cli/fixture.h"

#include <nlohmann/json.hpp>

#include <string>

using namespace squall::tests;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void write_program(const std::string& path, const std::string& text) {
  write_text(path, text);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

/// Of a program of the directory that fails.
void write_failure(const Scratch& scratch, const std::string& directory) {
  std::filesystem::create_directory(directory);
  write_program(directory + "/race", "#!/bin/sh\nexit 1\n");
  REQUIRE(squall_in(directory, "explore --out '" + (scratch / "found.schedule") + "' -- ./race").status == 1);
}

}  // namespace

TEST_CASE("a directory is no schedule") {
  const Scratch scratch;
  for (const std::string command : {"replay .", "shrink /tmp"}) {
    const Said said = squall_in(scratch.path(), command);
    CHECK(said.status == 2);
    CHECK(has(said.err, "is a directory"));
  }
}

TEST_CASE("a command that cannot be run is not searched, and the reason is told") {
  const Scratch scratch;
  write_text(scratch / "data", "#!/bin/sh\n");
  for (const auto& [program, reason] :
       {std::pair("./nosuch", "No such file or directory"), std::pair("nosuch", "No such file or directory"),
        std::pair("data", "No such file or directory"),  // here, and not in PATH
        std::pair("./data", "Permission denied"), std::pair("/tmp", "Permission denied")}) {
    const Said said = squall_in(scratch.path(), std::string("explore -- ") + program);
    INFO(said.out);
    CHECK(said.status == 3);
    CHECK(said.err == std::string("squall: cannot run ") + program + ": " + reason + "\n");
    CHECK(said.out.empty());
  }
  const Said json = squall_in(scratch.path(), "explore --format json -- ./nosuch");
  CHECK(has(nlohmann::json::parse(json.out)["reason"], "cannot run ./nosuch: No such file or directory"));
}

TEST_CASE("whether a command can be run is found out without running it") {
  const Scratch scratch;
  write_program(scratch / "counted", "#!/bin/sh\necho run >>runs\n");
  CHECK(squall_in(scratch.path(), "explore --runs 1 -- ./counted").status == 0);
  CHECK(read_whole(scratch / "runs") == "run\n");
}

TEST_CASE("a schedule whose program is gone is not said to diverge") {
  const Scratch scratch;
  write_failure(scratch, scratch / "place");
  std::filesystem::remove(scratch / "place/race");
  for (const std::string command : {"replay", "shrink"}) {
    const Said said = squall_in(scratch.path(), command + " found.schedule");
    CHECK(said.status == 3);
    CHECK(said.out.empty());
    CHECK(said.err == "squall: cannot run ./race: No such file or directory\n");
  }
  const Said json = squall_in(scratch.path(), "replay --format json found.schedule");
  CHECK(nlohmann::json::parse(json.out)["failure"]["kind"] == "broken");
}

TEST_CASE("a schedule whose directory is gone is not said to diverge") {
  const Scratch scratch;
  write_failure(scratch, scratch / "place");
  std::filesystem::remove_all(scratch / "place");
  const Said said = squall_in(scratch.path(), "replay found.schedule");
  CHECK(said.status == 3);
  CHECK(has(said.err, "squall: cannot enter "));
  CHECK(has(said.err, "/place: No such file or directory\n"));
}

TEST_CASE(
    "a sweep that is impossible says whether the command cannot be run, fails, hangs or leaves somebody") {
  const Scratch scratch;
  const Said nosuch = squall_in(scratch.path(), "sweep -- ./nosuch");
  CHECK(nosuch.status == 3);
  CHECK(nosuch.err == "squall: cannot run ./nosuch: No such file or directory\n");
  for (const auto& [program, reason] :
       {std::pair("exit 7", "it exits with 7"), std::pair("kill -9 $$", "it is killed by SIGKILL"),
        std::pair("sleep 9", "it does not end in time"),
        std::pair("sleep 9 & sleep 9 &", "it leaves processes behind")}) {
    const Said said =
        squall_in(scratch.path(), std::string("sweep --time-limit 1s -- sh -c '") + program + "'");
    INFO(said.err);
    CHECK(said.status == 4);
    CHECK(has(said.err, std::string(reason) + " without any fault"));
  }
}

TEST_CASE("a search whose finding could not be written does not begin") {
  const Scratch scratch;
  write_program(scratch / "counted", "#!/bin/sh\necho run >>runs\nexit 1\n");
  for (const auto& [place, reason] :
       {std::pair("/nonexist/x", "No such file or directory"),
        std::pair("/proc/self/exe/x", "Not a directory"), std::pair(".", "Is a directory")}) {
    const Said said = squall_in(scratch.path(), std::string("explore --out ") + place + " -- ./counted");
    CHECK(said.status == 2);
    CHECK(said.err == std::string("squall: cannot write ") + place + ": " + reason + "\n");
  }
  CHECK_FALSE(read_whole(scratch / "runs"));
  CHECK(squall_in(scratch.path(), "explore --out here -- ./counted").status == 1);
  CHECK(squall_in(scratch.path(), "explore --out here -- ./counted").status == 1);
  CHECK(squall_in(scratch.path(), "shrink here --out /nonexist/x").status == 2);
}

TEST_CASE("a search in which a fault could never happen proves nothing about it") {
  const Scratch scratch;
  const std::string never = "{kill: KILL, at: server}", possible = "{delay: 1ms, call: read}";
  const std::string faults = "--seed 1 --fault '" + possible + "' --fault '" + never + "' ";
  for (const std::string search : {"--runs 3", "--runs 600 -j 2", "--strategy exhaustive"}) {
    const Said said = squall_in(scratch.path(), "explore " + search + " " + faults + "-- cat /dev/null");
    INFO(said.out << said.err);
    CHECK(said.status == 5);
    CHECK(has(said.out, "a fault never happened: " + never + "\n"));
    CHECK_FALSE(has(said.out, "a fault never happened: " + possible));
  }
  CHECK(squall_in(scratch.path(), "explore --runs 600 -j 2 --fault '" + possible + "' -- cat /dev/null")
            .status == 0);
  CHECK(squall_in(scratch.path(), "explore --runs 9 --fault '" + never + "' -- false").status == 1);
}
