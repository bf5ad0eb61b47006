// What the program promises to whoever calls it: exit codes, what goes to which stream, what is run again.
#include "tests/catch.h"
#include "tests/harness/cli/fixture.h"

#include <nlohmann/json.hpp>
#include <pty.h>

#include <regex>
#include <string>
#include <vector>

using namespace squall::tests;

namespace {

/// One process that ends with a status.
std::string program(const std::string& name, int status, const std::string& more = "") {
  return "squall: 1\nname: " + name + "\nabout: For a test.\nprocesses:\n  program: {run: [sh, -c, \"exit " +
         std::to_string(status) + "\"]}\n" + more;
}

/// The fault comes at a send that never happens.
const std::string never_fires =
    "squall: 1\nname: never\nabout: For a test.\nprocesses:\n  sender: {does: send, messages: 3}\n"
    "  receiver: {does: receive}\nchannels:\n  work: {from: sender, to: receiver, transport: pipe}\n"
    "faults:\n  - {kill: KILL, at: receiver, call: receive, when: 1000}\nexpect: [exactly-once]\n";

/// What the program says to a terminal.
std::string on_a_terminal(const std::string& directory, const std::string& environment,
                          const std::string& words) {
  int terminal = -1;
  const std::string command = "cd '" + directory + "' && unset NO_COLOR; " + environment +
                              " exec '" SQUALL_BINARY_DIR "/bin/squall' " + words;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(99);
  }
  const squall::FileDescriptor owned(terminal);
  std::string said;
  char buffer[4096];
  pollfd event{terminal, POLLIN, 0};
  while (poll(&event, 1, 10'000) == 1) {
    const ssize_t count = read(terminal, buffer, sizeof buffer);
    if (count <= 0) break;
    said.append(buffer, static_cast<std::size_t>(count));
  }
  CHECK(end_of(child) == 0);
  return said;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("exit 0: every property held") {
  const Scratch scratch;
  write_text(scratch / "good.yaml", program("good", 0));
  CHECK(squall_in(scratch.path(), "run good.yaml").status == 0);
}

TEST_CASE("exit 1: a property was violated, and stdout says which and by whom") {
  const Scratch scratch;
  write_text(scratch / "bad.yaml", program("bad", 7));
  const Said said = squall_in(scratch.path(), "run bad.yaml");
  CHECK(said.status == 1);
  CHECK(has(said.out, "program[0] exited with status 7 where status 0 was expected"));
  CHECK(has(said.out, "squall run bad.yaml --seed "));
}

TEST_CASE("exit 2: an unknown option, with what was probably meant") {
  const Scratch scratch;
  const Said said = squall_in(scratch.path(), "run --repaet 3");
  CHECK(said.status == 2);
  CHECK(said.out.empty());
  CHECK(has(said.err, "did you mean '--repeat'?"));
}

TEST_CASE("exit 2: a malformed file, with file, line and column") {
  const Scratch scratch;
  write_text(scratch / "wrong.yaml", program("wrong", 0, "expects: [exactly-once]\n"));
  const Said said = squall_in(scratch.path(), "run wrong.yaml");
  CHECK(said.status == 2);
  CHECK(said.out.empty());
  CHECK(has(said.err, "wrong.yaml:6:1: error: unknown key 'expects'"));
  CHECK(has(said.err, "did you mean 'expect'?"));
}

TEST_CASE("exit 3: there is nowhere to write to") {
  const Scratch scratch;
  write_text(scratch / "good.yaml", program("good", 0));
  const Said said = squall_in("/proc", "run " + (scratch / "good.yaml"));
  CHECK(said.status == 3);
  CHECK(has(said.err, "run squall in a directory that you can write to"));
}

TEST_CASE("exit 3: a program that cannot be started is no verdict on anybody") {
  const Scratch scratch;
  write_text(scratch / "none.yaml",
             "squall: 1\nname: none\nabout: For a test.\nprocesses:\n  program: {run: [/no/such/program]}\n");
  const Said said = squall_in(scratch.path(), "run none.yaml");
  CHECK(said.status == 3);
  CHECK(has(said.out, "/no/such/program"));
}

TEST_CASE("exit 4: nothing was selected, or nothing selected can run here") {
  const Scratch scratch;
  write_text(scratch / "good.yaml", scenario_text("good"));
  CHECK(squall_in(scratch.path(), "run good.yaml tag:nobody-has-this").status == 4);
  write_text(scratch / "tagged.yaml", program("tagged", 0, "tags: [needs-namespaces]\n"));
  const Said said = squall_in(scratch.path(), "run tagged.yaml --no-namespaces -v");
  CHECK(said.status == 4);
  CHECK(has(said.out, "needs namespaces"));
}

TEST_CASE("exit 5: a fault that never happened proves nothing") {
  const Scratch scratch;
  write_text(scratch / "never.yaml", never_fires);
  const Said said = squall_in(scratch.path(), "run never.yaml");
  CHECK(said.status == 5);
  CHECK(has(said.out, "a fault never happened: kill (signal 9) receiver at the 1000th receive"));
}

TEST_CASE("a violation that must be found and is not is a failure") {
  const Scratch scratch;
  write_text(scratch / "good.yaml", program("good", 0, "violates: [clean-exit]\n"));
  const Said said = squall_in(scratch.path(), "run good.yaml");
  CHECK(said.status == 1);
  CHECK(has(said.out, "must violate clean-exit, and violated nothing"));
}

TEST_CASE("what a case without namespaces leaves behind is reported, and then removed") {
  const Scratch scratch;
  const std::string broken = SQUALL_SOURCE_DIR "/scenarios/broken";
  const Said said =
      squall_in(scratch.path(), "run " + broken + " 'left-behind-*' --no-namespaces --format json");
  const auto report = nlohmann::json::parse(said.out, nullptr, false);
  REQUIRE(report.is_object());
  CHECK(said.status == 0);
  for (const auto& result : report["cases"]) {
    INFO(result.dump(1));
    CHECK((result["outcome"] == "pass" || has(result["reason"], "it needs namespaces of its own")));
  }
  const std::string prefix = "squall-" + report["id"].get<std::string>();
  for (const char* directory : {"/tmp", "/dev/shm"})
    for (const auto& entry : std::filesystem::directory_iterator(directory))
      CHECK_FALSE(has(entry.path(), prefix));
}

TEST_CASE("run --failed runs again what did not pass, and nothing else, until it passes") {
  const Scratch scratch;
  const auto cases_of = [&](const std::string& words) {
    std::vector<std::string> names;
    const auto report =
        nlohmann::json::parse(squall_in(scratch.path(), words + " --format json").out, nullptr, false);
    if (report.is_object())
      for (const auto& result : report["cases"]) names.push_back(result["scenario"]);
    return names;
  };
  for (const auto& [name, status] :
       {std::pair("one", 0), std::pair("two", 1), std::pair("three", 0), std::pair("four", 9)})
    write_text(scratch / (std::string(name) + ".yaml"), program(name, status));
  CHECK(cases_of("run .").size() == 4);
  CHECK(cases_of("run . --failed") == std::vector<std::string>{"four", "two"});
  write_text(scratch / "two.yaml", program("two", 0));
  CHECK(cases_of("run . --failed") == std::vector<std::string>{"four", "two"});
  CHECK(cases_of("run . --failed") == std::vector<std::string>{"four"});
  write_text(scratch / "four.yaml", program("four", 0));
  CHECK(squall_in(scratch.path(), "run . --failed").status == 0);
  CHECK(squall_in(scratch.path(), "run . --failed").status == 4);
}

TEST_CASE("with --format json stdout is one JSON document and stderr is silent, whatever the verdict") {
  const Scratch scratch;
  write_text(scratch / "bad.yaml", program("bad", 7));
  const Said said = squall_in(scratch.path(), "run bad.yaml --format json");
  CHECK(said.status == 1);
  CHECK(said.err.empty());
  const auto report = nlohmann::json::parse(said.out, nullptr, false);
  REQUIRE(report.is_object());
  CHECK(report["exit_code"] == 1);
  CHECK(report["cases"][0]["verdict"]["violations"][0]["property"] == "clean-exit");
}

TEST_CASE("colour is for terminals and for those who ask, and NO_COLOR and TERM=dumb are heard") {
  const Scratch scratch;
  write_text(scratch / "good.yaml", program("good", 0));
  const auto coloured = [](const std::string& text) {
    return std::regex_search(text, std::regex("\x1b\\[[0-9;]*m"));  // the cursor may move all the same
  };
  CHECK_FALSE(coloured(squall_in(scratch.path(), "run good.yaml").out));
  CHECK(coloured(squall_in(scratch.path(), "run good.yaml --color always").out));
  CHECK(coloured(on_a_terminal(scratch.path(), "TERM=xterm", "run good.yaml")));
  CHECK_FALSE(coloured(on_a_terminal(scratch.path(), "TERM=xterm NO_COLOR=1", "run good.yaml")));
  CHECK_FALSE(has(on_a_terminal(scratch.path(), "TERM=dumb", "run good.yaml"), "\x1b"));
  CHECK_FALSE(coloured(on_a_terminal(scratch.path(), "TERM=xterm", "run good.yaml --color never")));
}

TEST_CASE("the time of a case begins when all are there") {
  const Scratch scratch;
  write_text(scratch / "many.yaml",
             "squall: 1\nname: many\nabout: Takes longer to start than it has.\ntransports: [pipe]\n"
             "processes:\n  sender: {count: 100, does: send, messages: 1}\n  receiver: {does: receive}\n"
             "channels:\n  work: {from: sender, to: receiver}\nexpect: [ends-within 20ms]\n");
  const Said said = squall_in(scratch.path(), "run many.yaml --format json");
  const auto report = nlohmann::json::parse(said.out, nullptr, false);
  REQUIRE(report.is_object());
  const auto& run = report["cases"][0];
  INFO(run["reason"]);
  CHECK(run["outcome"] != "broken");
  CHECK(run["duration_ms"] > 0);
  CHECK(run["duration_ms"] < 60'000);
}

TEST_CASE("the same seed is printed, taken and repeated") {
  const Scratch scratch;
  write_text(scratch / "good.yaml", program("good", 0));
  const Said said = squall_in(scratch.path(), "run good.yaml --seed 42 --format json");
  CHECK(has(said.out, "\"seed\": \"42\""));
}
