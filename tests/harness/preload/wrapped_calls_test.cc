// Every call of calls.def is wrapped, under all the names that programs import.
#include "tests/catch.h"
#include "tests/harness/preload/preloaded.h"

#include <sstream>

namespace squall::tests {
namespace {

using namespace squall::faults;

constexpr int injected = ENOLINK;  // which none of these calls answers by itself

/// "read 67" a line.
std::map<std::string, std::string> pairs_of(const std::string& output) {
  std::map<std::string, std::string> pairs;
  std::istringstream lines(output);
  for (std::string name, value; lines >> name >> value;) pairs[name] = value;
  return pairs;
}

std::vector<std::string> with_error(const std::map<std::string, std::string>& errors, int error) {
  std::vector<std::string> names;
  for (const auto& [name, value] : errors)
    if (value == std::to_string(error)) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("every wrapped call is injectable, and no other is hit") {
  for (std::size_t i = 0; i < calls().size(); ++i) {
    const std::string name(calls()[i].name);
    INFO(name);
    Preloaded program;
    Rule& rule = program.rule(Action::error, {name});
    rule.error = injected;
    rule.illegal = true;
    if (name == "write") rule.last = 1;  // the second one tells the result
    const Outcome outcome = program.run_probe({"calls", name});
    CHECK(outcome.status == 0);
    CHECK(with_error(pairs_of(outcome.output), injected) == std::vector<std::string>{name});
    REQUIRE_FALSE(program.decisions().empty());
    for (const Decided& decided : program.decisions()) {
      CHECK(name_of(decided.key.call) == name);
      CHECK(decided.effect == Effect::done);
      CHECK(decided.value == injected);
    }
  }
}

TEST_CASE("a close that fails has closed, save for EBADF") {
  for (const int error : {EINTR, EIO, EBADF}) {
    Preloaded program;
    Rule& rule = program.rule(Action::error, {"close"});
    rule.error = error;
    rule.illegal = true;
    const Outcome outcome = program.run_probe({"close-once"});
    CHECK(outcome.output == std::to_string(error) + (error == EBADF ? " open\n" : " closed\n"));
  }
}

TEST_CASE("no call is hit by a rule about another process") {
  Preloaded program;
  Rule& rule = program.rule(Action::error, {"close", "mmap", "fsync"});
  rule.error = injected;
  rule.illegal = true;
  rule.targets = {};
  rule.targets.add(1);
  const Outcome outcome = program.run_probe({"calls", "none"});
  CHECK(outcome.status == 0);
  CHECK(with_error(pairs_of(outcome.output), injected).empty());
  CHECK(program.decisions().empty());
  CHECK(program.diary().loaded == 1);
}

TEST_CASE("the names that programs import for a call are the library's") {
  Preloaded program;
  program.rules().watch_handlers = true;
  const std::vector<std::string> names = {"open64",
                                          "openat64",
                                          "creat64",
                                          "mmap64",
                                          "ftruncate64",
                                          "pread64",
                                          "pwrite64",
                                          "preadv64",
                                          "pwritev64",
                                          "preadv2",
                                          "pwritev2",
                                          "preadv64v2",
                                          "pwritev64v2",
                                          "sendfile64",
                                          "fcntl64",
                                          "vfork",
                                          "posix_fallocate64",
                                          "__read_chk",
                                          "__recv_chk",
                                          "__pread_chk",
                                          "__pread64_chk",
                                          "__poll_chk",
                                          "__recvfrom_chk",
                                          "__ppoll_chk",
                                          "__open_2",
                                          "__open64_2",
                                          "__openat_2",
                                          "__openat64_2",
                                          "__mq_open_2",
                                          "eventfd_read",
                                          "eventfd_write",
                                          "_Fork",
                                          "epoll_create",
                                          "epoll_pwait2",
                                          "mkfifoat",
                                          "sigaction",
                                          "signal",
                                          "bsd_signal",
                                          "sysv_signal",
                                          "__sysv_signal",
                                          "siglongjmp",
                                          "longjmp",
                                          "__longjmp_chk",
                                          "__printf_chk",
                                          "__fprintf_chk",
                                          "__sprintf_chk",
                                          "__snprintf_chk",
                                          "__vsnprintf_chk",
                                          "__vfprintf_chk",
                                          "execve",
                                          "execv",
                                          "execvp",
                                          "execl",
                                          "execlp",
                                          "pthread_cond_clockwait",
                                          "pthread_mutex_clocklock"};
  std::vector<std::string> command = {"symbols"};
  command.insert(command.end(), names.begin(), names.end());
  const auto found = pairs_of(program.run_probe(command).output);
  for (const std::string& name : names) {
    INFO(name);
    REQUIRE(found.count(name) == 1);
    CHECK(found.at(name) == "libsquall-preload.so");
  }
}

TEST_CASE("the library needs libc and nothing else") {
  const Scratch scratch;
  const Outcome outcome = run_command(scratch, {"readelf", "-d", preload_library}, {});
  REQUIRE(outcome.status == 0);
  std::istringstream lines(outcome.output);
  std::vector<std::string> needed;
  for (std::string line; std::getline(lines, line);)
    if (line.find("(NEEDED)") != std::string::npos) needed.push_back(line.substr(line.find('[')));
  for (const std::string& name : needed) CHECK((name == "[libc.so.6]" || name.rfind("[ld-linux", 0) == 0));
  CHECK_FALSE(needed.empty());
  CHECK(outcome.output.find("STATIC_TLS") != std::string::npos);
  CHECK(outcome.output.find("TEXTREL") == std::string::npos);
}

TEST_CASE("a library that nobody told anything stays quiet") {
  const Scratch scratch;
  const Outcome bare = run_command(scratch, {probe, "calls", "none"}, {});
  for (const std::map<std::string, std::string>& variables :
       {std::map<std::string, std::string>{{"LD_PRELOAD", preload_library}},
        {{"LD_PRELOAD", preload_library}, {preload_variable, "/nowhere/rules:/nowhere/diary:0"}},
        {{"LD_PRELOAD", preload_library}, {preload_variable, "nonsense"}},
        {{"LD_PRELOAD", preload_library}, {preload_variable, "::"}}}) {
    const Outcome outcome = run_command(scratch, {probe, "calls", "none"}, variables);
    CHECK(outcome.status == 0);
    CHECK(outcome.output == bare.output);
  }
}

}  // namespace squall::tests
