// The commands that only look and write, as a user calls them. Approved help texts are in tests/golden/cli.
#include "tests/golden.h"
#include "tests/harness/cli/fixture.h"

#include <nlohmann/json.hpp>

using namespace squall::tests;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every command has its help") {
  const Scratch scratch;
  for (const std::string command : {"run", "explore", "replay", "shrink", "sweep", "check", "list", "lint",
                                    "describe", "new", "doctor", "completions"}) {
    const Said said = squall_in(scratch.path(), command + " --help");
    CHECK(said.status == 0);
    CHECK(said.err.empty());
    check_golden("cli/" + command + ".txt", said.out);
  }
  check_golden("cli/squall.txt", squall_in(scratch.path(), "--help").out);
}

TEST_CASE("bash accepts the completions, and they complete") {
  const Scratch scratch;
  const Said said = squall_in(scratch.path(), "completions bash");
  CHECK(said.status == 0);
  write_text(scratch / "completions", said.out);
  write_text(
      scratch / "use",
      "source ./completions\nCOMP_WORDS=(squall run -t pi) COMP_CWORD=3\n_squall\n[ "
      "\"${COMPREPLY[*]}\" = pipe ] || exit 1\n"
      "COMP_WORDS=(squall explore --str) COMP_CWORD=2\n_squall\n[ \"${COMPREPLY[*]}\" = --strategy ]\n");
  const auto bash = [&](const std::string& words) {
    return status_of(
        [&] { return WEXITSTATUS(std::system(("cd " + scratch.path() + " && bash " + words).c_str())); });
  };
  CHECK(bash("-n completions") == 0);
  CHECK(bash("use") == 0);
  for (const char* shell : {"zsh", "fish"})
    CHECK_FALSE(contains(squall_in(scratch.path(), std::string("completions ") + shell).out, "@"));
}

TEST_CASE("the doctor's JSON parses and names what was looked at") {
  const Scratch scratch;
  const Said said = squall_in(scratch.path(), "doctor --format json");
  const nlohmann::json parsed = nlohmann::json::parse(said.out, nullptr, false);
  REQUIRE(parsed.is_object());
  REQUIRE(parsed["findings"].size() >= 5);
  for (const auto& finding : parsed["findings"]) {
    CHECK_FALSE(finding["what"].get<std::string>().empty());
    CHECK_FALSE(finding["detail"].get<std::string>().empty());
  }
}

TEST_CASE("a new scenario lints clean and is not written over") {
  const Scratch scratch;
  CHECK(squall_in(scratch.path(), "new my-first --in .").status == 0);
  const Said lint = squall_in(scratch.path(), "lint my-first.yaml");
  CHECK(lint.status == 0);
  CHECK(lint.out == "1 file read, 0 errors\n");
  const Said again = squall_in(scratch.path(), "new my-first --in .");
  CHECK(again.status == 2);
  CHECK(contains(again.err, "exists already"));
}

TEST_CASE("a name that a scenario may not have writes nothing") {
  const Scratch scratch;
  for (const char* name : {"Big", "../up", "'a b'", "''"}) {
    CHECK(squall_in(scratch.path(), std::string("new --in . ") + name).status == 2);
  }
  CHECK(std::filesystem::is_empty(scratch.path()));
}

TEST_CASE("usage errors exit 2 and say what was probably meant") {
  const Scratch scratch;
  const Said command = squall_in(scratch.path(), "rn");
  CHECK(command.status == 2);
  CHECK(contains(command.err, "did you mean 'run'?"));
  const Said option = squall_in(scratch.path(), "run --sed 5");
  CHECK(option.status == 2);
  CHECK(contains(option.err, "did you mean '--seed'?"));
  CHECK(squall_in(scratch.path(), "").status == 2);
  CHECK(squall_in(scratch.path(), "run --for soon").status == 2);
}

TEST_CASE("a seed is a number of 64 bits") {
  const Scratch scratch;
  for (const std::string command : {"run nothing.yaml", "explore", "sweep nothing.yaml"})
    for (const char* seed : {"-1", "99999999999999999999", "7x", "''", "' 7'"}) {
      const Said said = squall_in(scratch.path(), command + " --seed=" + seed + " -- true");
      CHECK(said.status == 2);
      CHECK(contains(said.err, "expected a number from 0 to 18446744073709551615"));
    }
  CHECK(contains(squall_in(scratch.path(), "explore --runs 1 --seed 18446744073709551615 -- true").out,
                 "seed 18446744073709551615"));
}

TEST_CASE("no time at all is nothing to search for") {
  const Scratch scratch;
  for (const char* command : {"explore --for 0s -- true", "run --for 0ms", "shrink --for 0s file"}) {
    const Said said = squall_in(scratch.path(), command);
    CHECK(said.status == 2);
    CHECK(contains(said.err, "expected more than 0"));
  }
}

TEST_CASE("a command has no transports") {
  const Scratch scratch;
  for (const char* command : {"explore -t pipe -- true", "sweep -t pipe -- true"}) {
    const Said said = squall_in(scratch.path(), command);
    CHECK(said.status == 2);
    CHECK(said.err == "squall: -t is for scenarios, not for commands\n");
  }
}

TEST_CASE("what there is not is not described") {
  const Scratch scratch;
  for (const auto& [topic, answer] :
       {std::pair("chanels", "unknown topic 'chanels'; did you mean 'channels'?"),
        std::pair("nope", "unknown topic 'nope'"),
        std::pair("legality:acept", "unknown call 'acept'; did you mean 'accept'?")}) {
    const Said said = squall_in(scratch.path(), std::string("describe ") + topic);
    CHECK(said.status == 2);
    CHECK(said.out.empty());
    CHECK(contains(said.err, answer));
  }
}

TEST_CASE("a call, a group of calls and a call without legal faults are described") {
  const Scratch scratch;
  for (const auto& [word, answer] : {std::pair("accept", "accept "), std::pair("lock", "semop "),
                                     std::pair("shmdt", "no fault is legal at shmdt")}) {
    const Said said = squall_in(scratch.path(), std::string("describe legality:") + word);
    CHECK(said.status == 0);
    CHECK(contains(said.out, answer));
  }
}

TEST_CASE("lint points at what is wrong, in words and in JSON") {
  const Scratch scratch;
  write_text(scratch / "bad.yaml", scenario_text("bad") + "tag: [x]\n");
  const Said human = squall_in(scratch.path(), "lint bad.yaml");
  CHECK(human.status == 2);
  CHECK(contains(human.out, "bad.yaml:11:1: error: unknown key 'tag'"));
  const Said json = squall_in(scratch.path(), "lint bad.yaml --format json");
  const nlohmann::json parsed = nlohmann::json::parse(json.out, nullptr, false);
  REQUIRE(parsed.is_object());
  CHECK(parsed["diagnostics"][0]["line"] == 11);
}

TEST_CASE("list shows scenarios and what carries them, in words and in JSON") {
  const Scratch scratch;
  write_text(scratch / "one.yaml", scenario_text("one"));
  const Said human = squall_in(scratch.path(), "list one.yaml -t pipe");
  CHECK(human.status == 0);
  CHECK(human.out == "one\n    For a test.\n    transports: pipe\n1 scenario, 1 case\n");
  const nlohmann::json parsed =
      nlohmann::json::parse(squall_in(scratch.path(), "list one.yaml --format json").out, nullptr, false);
  REQUIRE(parsed.is_object());
  CHECK(parsed["cases"].size() > 5);
  CHECK(squall_in(scratch.path(), "list one.yaml nobody").status == 4);
}
