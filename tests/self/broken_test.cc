// The tester is tested: every program with a known bug is found out, for the right reason and in words that
// name it, and nothing is found in its correct twin.
#include "checkers/checker.h"
#include "harness/cli/cases.h"
#include "tests/catch.h"
#include "tests/harness/cli/fixture.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace squall;
using namespace squall::tests;

namespace {

const std::string broken_scenarios = SQUALL_SOURCE_DIR "/scenarios/broken";
const std::string twin_suffix = "-fixed";

bool is_twin(const std::string& name) { return name.ends_with(twin_suffix); }

struct Witness {
  std::string scenario;
  std::string property;
  std::string says;  ///< a regular expression that is found in a witness of that property
};

/// Who, on which channel, which message: what a reader needs to find the bug.
const std::vector<Witness>& witnesses() {
  static const std::vector<Witness> table = {
      {"accept-given-up", "clean-exit", R"(server\[0\]: accept4: Too many open files)"},
      {"close-retried", "clean-exit", R"(server\[0\]: write: Bad file descriptor)"},
      {"coprocess-deadlock", "no-hang",
       R"(client\[0\] is asleep in write on pipe:\[\d+\], waiting for server\[0\] to receive from requests)"},
      {"coprocess-deadlock", "no-hang", R"(server\[0\] is asleep in write .*waiting for client\[0\])"},
      {"datagram-circle", "no-hang",
       R"(daemon\[0\] is asleep in send.*waiting for logger\[0\] to receive from log)"},
      {"datagram-circle", "no-hang",
       R"(logger\[0\] is asleep in read .*waiting for daemon\[0\] to send on answers)"},
      {"death-not-told", "owner-death",
       R"(channel 'work': the process of A died holding it, and B, the next to get it, was not told\n  A: acquired by owner\[0\])"},
      {"descriptor-in-padding", "no-leaks", R"(server\[0\] leaked 1 descriptor: \d+ were open)"},
      {"dropped-record-lock", "mutual-exclusion",
       R"(holder\[0\] and other\[0\] both held the lock channel 'work')"},
      {"dropped-when-full", "exactly-once",
       R"(message \d+ of writer\[0\] \(512 bytes\) was accepted at \+[\d.]+ ms .* and never received)"},
      {"errno-spoiled", "async-signal-safe", R"(the handler of SIGCHLD in server\[0\] changed errno)"},
      {"errno-spoiled", "clean-exit", R"(server\[0\]: read: No child processes)"},
      {"flag-cleared-late", "signals-accounted",
       R"(SIGUSR1 .*raised by client\[0\] .*never delivered on channel 'work')"},
      {"flushed-mid-record", "intact",
       R"(message 3 of writer\[0\] \(1500 bytes\) arrived damaged on channel 'work')"},
      {"flushed-mid-record", "intact", R"(its payload is that of message 1 of writer\[1\])"},
      {"fork-holding-lock", "no-hang", R"(parent\[0\] is asleep in wait)"},
      {"full-backlog", "clean-exit", R"(client\[0\]: write: Transport endpoint is not connected)"},
      {"full-self-pipe", "no-hang", R"(server\[0\] is asleep in write on pipe:\[\d+\], waiting for nobody)"},
      {"hang-up-first", "exactly-once",
       R"(message [123] of writer\[0\] \(64 bytes\) was accepted .* and never received;\n  reader\[0\] read to the end)"},
      {"hoisted-poll", "no-hang",
       R"(1 process did not end within 1.0 s\n  waiter\[0\] is running, in no system call)"},
      {"ignored-sigpipe", "no-hang", R"(parent\[0\] is asleep in wait)"},
      {"interleaved-records", "intact",
       R"(message 1 of writer\[0\] \(1024 bytes\) arrived damaged on channel 'work': received by reader\[0\])"},
      {"interleaved-records", "intact", R"(its payload is that of message 1 of writer\[1\])"},
      {"interrupted-read", "exactly-once",
       R"(message 6 of writer\[0\] \(64 bytes\) was accepted .* and never received;\n  reader\[0\] read to the end)"},
      {"killed-by-sigpipe", "clean-exit",
       R"(writer\[0\] was killed by SIGPIPE .* where status 0 was expected)"},
      {"last-signal-only", "signals-accounted",
       R"(SIGRTMIN\+0 with value 1 was raised by sender\[0\] .*never delivered on channel 'work')"},
      {"late-acknowledgement", "exactly-once",
       R"(message 3 of sender\[0\] \(64 bytes\) was sent 1 time and received [2-9] times on channel 'work')"},
      {"late-acknowledgement", "at-most-once", R"(message 3 of sender\[0\] .* received [2-9] times)"},
      {"leaked-write-end", "no-hang", R"(parent\[0\] is asleep in read on pipe:\[\d+\], waiting for nobody)"},
      {"left-behind-fifo", "no-leaks", R"(a fifo was left behind: /tmp/squall-.*/left)"},
      {"left-behind-file", "no-leaks", R"(a file was left behind: /tmp/squall-.*/left)"},
      {"left-behind-posix-queue", "no-leaks", R"(a queue was left behind: POSIX queue /squall-.*-left)"},
      {"left-behind-posix-segment", "no-leaks", R"(a segment was left behind: /dev/shm/squall-.*-left)"},
      {"left-behind-posix-semaphore", "no-leaks",
       R"(a semaphore was left behind: /dev/shm/sem.squall-.*-left)"},
      {"left-behind-socket", "no-leaks", R"(a socket was left behind: /tmp/squall-.*/left)"},
      {"left-behind-sysv-queue", "no-leaks", R"(a queue was left behind: System V queue, key 0x0, id \d+)"},
      {"left-behind-sysv-segment", "no-leaks", R"(a segment was left behind: System V segment, key 0x0)"},
      {"left-behind-sysv-semaphore", "no-leaks",
       R"(a semaphore was left behind: System V semaphore, key 0x0)"},
      {"lifo-drain", "fifo-per-producer",
       R"(message 5 of sender\[0\] overtook message [1-4] of sender\[0\] on channel 'work')"},
      {"lock-in-handler", "no-hang", R"(server\[0\] is asleep in futex)"},
      {"lost-update", "counted",
       R"(counter on channel 'work' lost 1: 1 was found where at least 2 had been added)"},
      {"lost-wakeup", "no-hang",
       R"(waiter\[0\] is asleep in futex, waiting for setter\[0\] \(which is gone\))"},
      {"never-made-consistent", "owner-death",
       R"(channel 'work': C was told that it is not recoverable, but the last to hold it, A, had made it consistent)"},
      {"never-made-consistent", "owner-death", R"(C: refused to heir\[0\] .*ENOTRECOVERABLE)"},
      {"one-read-one-message", "boundaries",
       R"(message 1 of sender\[0\] \(100 bytes\) arrived on channel 'work' as [234]00 bytes: received by receiver\[0\])"},
      {"one-wait-per-signal", "no-hang", R"(parent\[0\] is asleep in .*sigsuspend)"},
      {"orphan", "no-leaks", R"(a process was left behind: orphan \(pid \d+\))"},
      {"overfull-ring", "back-pressure", R"(channel 'work' held 5 messages at .* and is bounded to 4)"},
      {"overfull-ring", "exactly-once", R"(message 1 of sender\[0\] .*never received)"},
      {"own-write-end", "no-hang",
       R"(reader\[0\] is asleep in read on pipe:\[\d+\], waiting for writer\[0\])"},
      {"poison-message", "no-hang",
       R"(receiver\[0\] is .*waiting for sender\[0\] \(which is gone\) to send on work)"},
      {"polled-then-read", "no-hang",
       R"(taker\[[01]\] is asleep in read on .*/tokens.*, waiting for giver\[0\])"},
      {"prefetch", "priority-order", R"(message 2 of sender\[0\] of priority 0 came out of channel 'work')"},
      {"prefetch", "priority-order", R"(inside, of priority 5: message 4 of sender\[0\])"},
      {"printing-handler", "async-signal-safe",
       R"(the handler of SIGUSR1 in server\[0\] called \w+ while fread was interrupted)"},
      {"private-semaphore", "no-hang",
       R"(waiter\[0\] is asleep in futex.*waiting for maker\[0\] \(which is gone\) to let go of work)"},
      {"published-early", "exactly-once",
       R"(message 1 of producer\[0\] \(64 bytes\) was sent 1 time and received 2 times)"},
      {"put-back", "type-order",
       R"(channel 'work': .*\n  A: sent by sender\[0\][^\n]*\n(.*\n)*.*received by receiver\[0\])"},
      {"refused-and-sent", "exactly-once",
       R"(message \d+ of writer\[0\] \(512 bytes\) was refused and arrived all the same on channel 'work')"},
      {"restart-believed", "clean-exit", R"(server\[0\]: msgrcv: Interrupted system call)"},
      {"restarted-timeout", "no-hang", R"(client\[0\] is (asleep in poll|running))"},
      {"reused-node", "mutual-exclusion",
       R"(taker\[[01]\] and taker\[[01]\] both held the lock channel 'second')"},
      {"served-by-client", "fifo", R"(message 2 of client\[0\].*message 1 of client\[1\])"},
      {"shared-buffer", "exactly-once",
       R"(message 2 of sender\[0\] \(64 bytes\) was sent 1 time and received 2 times)"},
      {"shared-nonblocking", "exactly-once",
       R"(message \d+ of writer\[0\] \(512 bytes\) was accepted at .* and never received)"},
      {"short-write", "boundaries",
       R"(message 1 of writer\[0\] \(100000 bytes\) arrived on channel 'work' as 65536 bytes)"},
      {"stale-cache", "linearizable-register",
       R"(a stale value on channel 'work': 1 was read after 2 had replaced it)"},
      {"stale-socket", "clean-exit", R"(heir\[0\]: bind: Address already in use)"},
      {"stale-socket", "no-leaks", R"(a socket was left behind: .*/service)"},
      {"stolen-path", "mutual-exclusion", R"(server\[0\] and server\[1\] both held the lock channel 'work')"},
      {"test-then-set", "mutual-exclusion",
       R"(taker\[\d\] and taker\[\d\] both held the lock channel 'work')"},
      {"tested-then-paused", "no-hang", R"(server\[0\] is asleep in pause)"},
      {"torn-read", "no-torn-reads",
       R"(a torn read on channel 'work': part of value 1 and part of value 2\n  read by reader\[0\])"},
      {"truncated-mapping", "clean-exit", R"(server\[0\] was killed by SIGBUS)"},
      {"two-lock-orders", "no-hang",
       R"(booker\[0\] is asleep in futex.*, waiting for auditor\[0\] to let go of journal)"},
      {"two-lock-orders", "no-hang",
       R"(auditor\[0\] is asleep in futex.*, waiting for booker\[0\] to let go of accounts)"},
      {"undo-forgotten", "no-hang",
       R"(heir\[0\] is asleep in sem.*op, waiting for holder\[0\] \(which is gone\) to let go of work)"},
      {"unflushed-log", "durable",
       R"(message \d+ of writer\[0\] \(64 bytes\) was made durable on channel 'work' and never recovered)"},
      {"unread-input", "exactly-once",
       R"(message \d+ of server\[0\] \(10000 bytes\) was accepted .* and never received)"},
      {"unretried-wait", "clean-exit", R"(parent\[0\] exited with status 0 where status 7 was expected)"},
      {"unsized-segment", "clean-exit", R"(user\[0\] was killed by SIGBUS)"},
      {"used-before-value", "no-hang",
       R"(maker\[0\] is asleep in sem.*op, waiting for user\[0\] \(which is gone\) to send on work)"},
      {"waiter-killed", "no-hang",
       R"(maker\[0\] is asleep in futex, waiting for waiter\[0\] \(which is gone\))"},
      {"wasted-slot", "back-pressure",
       R"(a send by sender\[0\] on channel 'work' was refused \(EAGAIN, .* cannot have been full)"},
      {"wiped-buffer", "intact",
       R"(message 1 of sender\[0\] \(4096 bytes\) arrived damaged on channel 'work')"},
      {"woken-for-nothing", "exactly-once",
       R"(message 1 of producer\[0\] \(64 bytes\) was sent 1 time and received 2 times)"},
  };
  return table;
}

/// Quick by default; SQUALL_FULL=1 repeats everything twenty times.
int repetitions() { return std::getenv("SQUALL_FULL") != nullptr ? 20 : 2; }

struct Found {
  std::vector<nlohmann::json> runs;  ///< of one scenario
};

/// Eight at a time: most of the time goes into waiting for what hangs.
std::map<std::string, Found> run_all_broken() {
  const Scratch scratch;
  const std::string words =
      "run " + broken_scenarios + " --format json --jobs 8 --repeat " + std::to_string(repetitions());
  const Said said =
      squall_in(scratch.path(), words, 15 * static_cast<std::uint64_t>(repetitions()) * second_ns);
  INFO(said.err);
  const nlohmann::json report = nlohmann::json::parse(said.out, nullptr, false);
  REQUIRE(report.is_object());
  CHECK(said.status == 0);
  std::map<std::string, Found> found;
  for (const auto& run : report["cases"]) found[run["scenario"]].runs.push_back(run);
  return found;
}

bool is_supported(const Found& found) {
  return !found.runs.empty() && found.runs.front()["outcome"] != "unsupported";
}

std::string all_witnesses(const nlohmann::json& run, const std::string& property) {
  std::string text;
  for (const auto& violation : run["verdict"]["violations"])
    if (violation["property"] == property) text += violation["witness"].get<std::string>() + "\n";
  return text;
}

std::vector<std::unique_ptr<scenario::Scenario>> load_all_broken() {
  cli::Selector selector;
  selector.words = {broken_scenarios};
  cli::Selection selection = cli::select(selector);
  for (const std::string& error : selection.errors) FAIL_CHECK(error);
  return std::move(selection.scenarios);
}

}  // namespace

TEST_CASE("every broken program is found out, every time, in words that name the bug, and no twin ever is") {
  const std::map<std::string, Found> found = run_all_broken();
  for (const auto& [name, of_scenario] : found) {
    if (!is_supported(of_scenario)) continue;
    CHECK(of_scenario.runs.size() == static_cast<std::size_t>(repetitions()));
    for (const auto& run : of_scenario.runs) {
      INFO(name << "\n" << run["verdict"].dump(1));
      CHECK(run["outcome"] == "pass");
      CHECK(run["verdict"]["kind"] == (is_twin(name) ? "valid" : "invalid"));
    }
  }
  for (const Witness& witness : witnesses()) {
    INFO(witness.scenario << ": " << witness.says);
    REQUIRE(found.contains(witness.scenario));
    if (!is_supported(found.at(witness.scenario))) continue;
    for (const auto& run : found.at(witness.scenario).runs) {
      const std::string text = all_witnesses(run, witness.property);
      INFO(text);
      CHECK(std::regex_search(text, std::regex(witness.says)));
    }
  }
}

TEST_CASE("every broken scenario has a twin that differs by --fixed alone, and a witness that is looked at") {
  std::map<std::string, const scenario::Scenario*> by_name;
  const auto all = load_all_broken();
  for (const auto& loaded : all) by_name[loaded->name] = loaded.get();
  for (const auto& [name, broken] : by_name) {
    INFO(name);
    if (is_twin(name)) {
      CHECK(broken->violates.empty());
      CHECK(by_name.contains(name.substr(0, name.size() - twin_suffix.size())));
      continue;
    }
    REQUIRE(by_name.contains(name + twin_suffix));
    const scenario::Scenario& twin = *by_name[name + twin_suffix];
    CHECK(broken->expect == twin.expect);
    CHECK(broken->deadline_ms == twin.deadline_ms);
    CHECK(broken->faults.size() == twin.faults.size());
    REQUIRE(broken->processes.size() == twin.processes.size());
    for (std::size_t i = 0; i < twin.processes.size(); ++i) {
      std::vector<std::string> with_the_bug = twin.processes[i].run;
      CHECK(std::erase(with_the_bug, "--fixed") == 1);
      CHECK(broken->processes[i].run == with_the_bug);
    }
    for (const std::string& property : broken->violates)
      CHECK(std::ranges::any_of(witnesses(), [&, &name = name](const Witness& witness) {
        return witness.scenario == name && witness.property == property;
      }));
  }
}

TEST_CASE("every property has a broken scenario that violates it") {
  std::set<std::string> violated;
  for (const auto& loaded : load_all_broken())
    violated.insert(loaded->violates.begin(), loaded->violates.end());
  for (const checkers::Checker& checker : checkers::checkers()) {
    if (checker.property == "faults-fired") continue;  // never violated: it makes a verdict unknown
    INFO(checker.property << ": add a program to tests/peers and its scenarios to scenarios/broken");
    CHECK(violated.contains(std::string(checker.property)));
  }
}

TEST_CASE("every kind of thing that can be left behind is left behind by a broken program") {
  const std::vector<std::string> kinds = {"descriptor", "fifo",    "file",      "process",
                                          "queue",      "segment", "semaphore", "socket"};
  for (const std::string& kind : kinds) {
    INFO(kind);
    CHECK(std::ranges::any_of(witnesses(), [&](const Witness& witness) {
      return witness.property == "no-leaks" && witness.says.find(kind) != std::string::npos;
    }));
  }
}
