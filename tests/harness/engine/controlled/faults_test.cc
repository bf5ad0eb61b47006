// Faults and signals as choices: found where they break a program, never where the kernel would not do them.
#include "harness/engine/controlled/fault_text.h"
#include "tests/catch.h"
#include "tests/harness/engine/controlled/controlled.h"

#include <algorithm>

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

constexpr std::uint64_t most_schedules = 500;
constexpr std::uint64_t schedules_of_twin = 60;

Settings under(const std::string& rule, Settings settings) {
  const auto fault = read_fault(rule, {});
  REQUIRE(fault);
  settings.faults.push_back(*fault);
  settings.has_early_timeouts = false;
  return settings;
}

struct Breaks {
  const char* rule;
  const char* program;
  Failure how;
};

const std::vector<Breaks> table = {
    {"{short: read}", "reads-once", Failure::bad_exit},
    {"{interrupt: read, signal: USR1}", "gives-up", Failure::bad_exit},
    {"{error: EMFILE, call: dup}", "copies", Failure::fatal_signal},
    {"{kill: KILL}", "keeps-an-end", Failure::deadlock},
    {"{storm: USR1}", "spoils", Failure::bad_exit},
    {"{storm: USR1}", "marks-late", Failure::bad_exit},
    {"{interrupt: sem_wait, signal: USR1}", "takes-once", Failure::bad_exit},
    {"{spurious: pthread_cond_wait}", "waits-once", Failure::bad_exit},
    {"{error: ENOMEM, call: mmap}", "maps", Failure::fatal_signal},
    {"{error: ENOSPC, call: write}", "fails-after-signal", Failure::fatal_signal},
};

std::string complaint(const std::string& rule) {
  const auto fault = read_fault(rule, {});
  return fault ? "" : fault.error();
}

}  // namespace

TEST_CASE("a fault as written happens after a signal that came before its call, too") {
  const Exploration found =
      explored(under("{error: ENOSPC, call: write, when: 1}", program("writes-in-vain")), most_schedules);
  INFO(found.last.what);
  CHECK_FALSE(found.failing);
}

TEST_CASE("each kind of fault finds the program that it breaks, replays, and shrinks to one") {
  for (const Breaks& row : table) {
    INFO(row.rule << " " << row.program);
    CHECK_FALSE(explored(program(row.program), 20).failing);
    const Exploration found = explored(under(row.rule, program(row.program)), most_schedules);
    REQUIRE(found.failing);
    INFO(found.last.what);
    CHECK(found.last.failure == row.how);
    const auto read = read_schedule(write_schedule(*found.failing), "file");
    REQUIRE(read);
    Explorer again(settings_of(*read));
    CHECK(again.replay(*read, 10).diverged == "");
    const Shrunk shrunk = again.shrink(*read);
    CHECK(shrunk.is_stable);
    CHECK(count_extras(shrunk.schedule) == 1);
  }
}

TEST_CASE("no fault breaks the twin of a program that another breaks") {
  for (const Breaks& row : table) {
    INFO(row.rule << " " << row.program);
    const Exploration found = explored(under(row.rule, program(row.program, true)), schedules_of_twin);
    INFO(found.last.what);
    CHECK_FALSE(found.failing);
    CHECK(found.last.failure == Failure::none);
  }
}

TEST_CASE("what no kernel does is not done") {
  CHECK_FALSE(explored(under("{short: read}", program("reads-little")), schedules_of_twin).failing);
  CHECK(explored(under("{short: read, portable: true}", program("reads-little")), most_schedules).failing);
  for (const char* rule :
       {"{spurious: pthread_cond_timedwait}", "{spurious: sem_wait}", "{error: EINTR, call: sem_wait}"})
    for (const char* name : {"waits-once", "takes-once"}) {
      INFO(rule << " " << name);
      CHECK_FALSE(explored(under(rule, program(name)), schedules_of_twin).failing);
    }
  CHECK_FALSE(explored(under("{error: EAGAIN, call: mmap}", program("maps")), schedules_of_twin).failing);
}

TEST_CASE("a rule with occurrences happens as it is written, in every schedule") {
  const Execution second =
      explored(under("{error: EMFILE, call: dup, when: 2}", program("copies-often")), 1).last;
  CHECK(second.failure == Failure::fatal_signal);
  CHECK(explored(under("{error: EMFILE, call: dup, when: 4}", program("copies-often")), 5).last.failure ==
        Failure::none);
  CHECK(explored(under("{interrupt: read, signal: USR1, when: 1}", program("gives-up", true)), 20)
            .last.failure == Failure::none);
}

TEST_CASE("delays and stops change no result") {
  for (const char* rule : {"{delay: 10us..300us}", "{stop: 5ms}", "{delay: 0ms, call: write}"}) {
    INFO(rule);
    for (const char* name : {"rounds", "keeps-an-end", "reads-once", "stops-and-continues"}) {
      INFO(name);
      Search search;
      search.strategy = "random";
      search.most_runs = 20;
      search.is_verified = true;
      search.options.extra_bound = 3;
      const Exploration found = Explorer(under(rule, program(name, true))).explore(search);
      INFO(found.last.what);
      CHECK(found.unequal == "");
      CHECK(found.last.failure == Failure::none);
    }
  }
}

TEST_CASE("a rule may be about one program only") {
  const auto pipeline = [](const char* at) {
    return under(std::string("{error: EMFILE, call: open, when: 1..99, at: ") + at + "}",
                 command({"sh", "-c", "cat /dev/null; echo $?"}));
  };
  CHECK(explored(pipeline("cat"), 1).last.output != "0\n");
  CHECK(explored(pipeline("tr"), 1).last.output == "0\n");
}

TEST_CASE("a rule may be about one process of a program, which is the same in every schedule") {
  const auto pipeline = [](const std::string& at) {
    return under("{error: EMFILE, call: open, when: 1..99, at: '" + at + "'}",
                 command({"sh", "-c",
                          "cat /dev/null | (cat /dev/null && echo good || echo bad); cat /dev/null && echo "
                          "good || echo bad"}));
  };
  const auto written = [&](const std::string& at) {
    Search search;
    search.strategy = "random";
    search.most_runs = 10;
    search.is_verified = true;
    const Exploration found = Explorer(pipeline(at)).explore(search);
    CHECK(found.unequal == "");
    return found.last.output;
  };
  CHECK(written("cat[0]") == "good\ngood\n");  // 0.0, whose status nobody asks for
  CHECK(written("cat[1]") == "bad\ngood\n");   // 0.1.0
  CHECK(written("cat[2]") == "good\nbad\n");   // 0.2
  CHECK(written("cat[3]") == "good\ngood\n");
}

TEST_CASE("a rule about a process that nobody is, is told") {
  const std::string rule = "{kill: KILL, at: 'cat[3]'}";
  const Exploration found = explored(under(rule, command({"sh", "-c", "cat /dev/null; true"})), 2);
  CHECK(found.last.failure == Failure::none);
  CHECK(std::count(found.last.notes.begin(), found.last.notes.end(), "nobody is cat[3]: " + rule) == 1);
}

TEST_CASE("a schedule tells whom a rule about one process means") {
  const std::string rule = "{kill: KILL, at: 'controlled-programs[1]'}";
  const Exploration found = explored(under(rule, program("keeps-an-end")), most_schedules);
  REQUIRE(found.failing);
  const auto& rules = found.failing->rules;
  CHECK(std::count(rules.begin(), rules.end(), "fault 0.0 " + rule) == 1);
  const auto read = read_schedule(write_schedule(*found.failing), "file");
  REQUIRE(read);
  const Settings settings = settings_of(*read);
  REQUIRE(settings.faults.size() == 1);
  CHECK(settings.faults[0].lineage == "0.0");
  CHECK(Explorer(settings).replay(*read, 5).diverged == "");
}

TEST_CASE(
    "processes are numbered in the order in which they were made, their children before their siblings") {
  const Programs programs{{"cat", {"0.10", "0.2", "0.1.3", "0", "0.1", "0.2.0"}}};
  const std::vector<std::string> order{"0", "0.1", "0.1.3", "0.2", "0.2.0", "0.10"};
  for (std::size_t i = 0; i < order.size(); ++i)
    CHECK(lineage_of("cat[" + std::to_string(i) + "]", programs) == order[i]);
  CHECK(lineage_of("cat[6]", programs) == "");
  CHECK(lineage_of("tac[0]", programs) == "");
  CHECK(lineage_of("cat", programs) == "");
}

TEST_CASE("a rule that a command cannot have is refused in words") {
  CHECK(complaint("{short: read, at: cat}") == "");
  CHECK(complaint("{shrot: read}").find("shrot") != std::string::npos);
  CHECK(complaint("{close: work}") != "");
  CHECK(complaint("{clock: +1h}").find("scenario") != std::string::npos);
  CHECK(complaint("{kill: KILL, at: 'cat[1]'}") == "");
  CHECK(complaint("[1, 2]") != "");
}

TEST_CASE("a segment is attached as often as the program did, and a mapping that grows is shared") {
  CHECK(explored(program("attached"), 20).last.failure == Failure::none);
  CHECK(explored(program("grown"), most_schedules).failing);
  const Exploration twin = explored(program("grown", true), schedules_of_twin);
  INFO(twin.last.what);
  CHECK(twin.last.failure == Failure::none);
}

TEST_CASE("processes that attach one segment each are found to race") {
  const Exploration found = explored(program("segment"), most_schedules);
  REQUIRE(found.failing);
  CHECK(Explorer(settings_of(*found.failing)).replay(*found.failing, 20).diverged == "");
}
