#include "harness/topology/spawn.h"

#include "tests/catch.h"
#include "tests/harness/child.h"

#include <algorithm>
#include <iterator>
#include <sstream>

using namespace squall;
using namespace squall::tests;
using topology::Command;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What a shell script says on its standard output; its status is appended.
std::string said_by(const std::string& script, Command command = {}) {
  const Scratch scratch;
  const FileDescriptor output(open((scratch / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  command.program = "sh";
  command.arguments = {"-c", script};
  command.output = output.get();
  const auto pid = topology::spawn(command);
  REQUIRE(pid);
  const int status = end_of(*pid);
  return text_of(scratch / "out") + std::to_string(status);
}

/// Lists the shell's descriptors without opening one.
const char* const listing =
    "i=0; while [ $i -lt 64 ]; do [ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done; true";

std::string status_line(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind(key + ":", 0) == 0) return line.substr(line.find_last_of(" \t") + 1);
  return "no " + key;
}

}  // namespace

TEST_CASE("a program has exactly the descriptors 0, 1, 2 and those it is to inherit") {
  const FileDescriptor stray(open("/dev/null", O_RDONLY)), kept(open("/dev/null", O_RDONLY | O_CLOEXEC));
  Command command;
  command.inherited = {kept.get()};
  const std::string expected = "0\n1\n2\n" + std::to_string(kept.get()) + "\n0";
  CHECK(said_by(listing, command) == expected);
  CHECK(said_by(listing) == "0\n1\n2\n0");
}

TEST_CASE("an inherited descriptor is closed on exec in everybody else again") {
  const FileDescriptor kept(open("/dev/null", O_RDONLY | O_CLOEXEC));
  Command command;
  command.inherited = {kept.get()};
  said_by("true", command);
  CHECK((fcntl(kept.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("standard descriptors that nobody names are /dev/null") {
  CHECK(said_by("readlink /proc/$$/fd/0; readlink /proc/$$/fd/2") == "/dev/null\n/dev/null\n0");
}

TEST_CASE("a program starts with default dispositions and an empty mask, whatever its starter has") {
  const Scratch scratch;
  REQUIRE(status_of([&] {
            for (int number : {SIGPIPE, SIGUSR1, SIGRTMIN + 3}) signal(number, SIG_IGN);
            sigset_t all;
            sigfillset(&all);
            sigprocmask(SIG_SETMASK, &all, nullptr);
            const FileDescriptor output(
                open((scratch / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
            Command command;
            command.program = "cat";
            command.arguments = {"/proc/self/status"};
            command.output = output.get();
            const auto pid = topology::spawn(command);
            return pid ? end_of(*pid) : 99;
          }) == 0);
  const std::string status = text_of(scratch / "out");
  CHECK(status_line(status, "SigIgn") == "0000000000000000");
  CHECK(status_line(status, "SigBlk") == "0000000000000000");
  CHECK(status_line(status, "SigCgt") == "0000000000000000");
}

TEST_CASE("a program that does not exist is ENOENT, and leaves no child behind") {
  for (const char* name : {"/no/such/program", "no-such-program-in-path"}) {
    Command command;
    command.program = name;
    const auto pid = topology::spawn(command);
    REQUIRE_FALSE(pid);
    CHECK(pid.error().number == ENOENT);
  }
  CHECK(topology::children().empty());
}

TEST_CASE("a file that may not be run is EACCES") {
  const Scratch scratch;
  write_text(scratch / "plain", "no program");
  Command command;
  command.program = scratch / "plain";
  const auto pid = topology::spawn(command);
  REQUIRE_FALSE(pid);
  CHECK(pid.error().number == EACCES);
  CHECK(topology::children().empty());
}

TEST_CASE("arguments arrive as they are, and the environment is added to") {
  Command command;
  command.environment = {{"SQUALL_TEST", "two words"}};
  CHECK(said_by("printf '%s|%s' \"$SQUALL_TEST\" \"${PATH:+path}\"", command) == "two words|path0");
}

TEST_CASE("a program leads a process group of its own") {
  CHECK(said_by("set -- $(cat /proc/$$/stat); [ $5 = $$ ]") == "0");
}

TEST_CASE("a program dies with its starter") {
  const Pipe told;
  const pid_t starter = fork_child([&] {
    Command command;
    command.program = "sleep";
    command.arguments = {"1000"};
    const auto pid = topology::spawn(command);
    if (!pid || write(told.writing.get(), &*pid, sizeof *pid) != sizeof *pid) return 1;
    return pause();
  });
  pid_t program = 0;
  REQUIRE(read(told.reading.get(), &program, sizeof program) == sizeof program);
  const auto process = topology::open_process(program);
  REQUIRE(process);
  kill(starter, SIGKILL);
  end_of(starter);
  pollfd event{process->get(), POLLIN, 0};
  CHECK(poll(&event, 1, 10'000) == 1);
}

TEST_CASE("all children are killed and reaped, those that were handed over included") {
  const int status = status_of([] {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int i = 0; i < 3; ++i)
      fork_child([] {
        if (fork() == 0) {
          setsid();
          for (;;) pause();
        }
        for (;;) pause();
        return 0;
      });
    if (topology::children().size() != 3) return 1;
    const unsigned reaped = topology::kill_all_children(ipc::now_ns() + 10 * second_ns);
    return topology::children().empty() && reaped >= 3 ? 0 : 2;
  });
  CHECK(status == 0);
}

TEST_CASE("a process that is nobody cannot be opened") {
  const pid_t child = fork_child([] { return 0; });
  end_of(child);
  const auto process = topology::open_process(child);
  REQUIRE_FALSE(process);
  CHECK(process.error().number == ESRCH);
}
