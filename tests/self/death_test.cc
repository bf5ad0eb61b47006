// Whatever kills squall, nothing of a run outlives it.
#include "tests/catch.h"
#include "tests/harness/cli/fixture.h"
#include "tests/self/background.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <random>

using namespace squall::tests;

namespace {

constexpr std::uint64_t promise_ns = second_ns;
constexpr int kills = 3;  ///< of each sort, at different moments

/// Over every transport, all at once, and too long to end by itself.
const std::string endless =
    "squall: 1\nname: endless\nabout: For a test.\nprocesses:\n"
    "  sender: {does: send, messages: 100000000}\n  receiver: {does: receive}\n"
    "channels:\n  work: {from: sender, to: receiver}\nexpect: [ends-within 60s]\n";

/// A program with a child of its own, which ignores what can be ignored.
const std::string with_grandchild =
    "squall: 1\nname: grandchild\nabout: For a test.\nprocesses:\n"
    "  program: {run: [sh, -c, \"trap '' TERM HUP INT; sleep 61 & sleep 60\"]}\nexpect: [ends-within 60s]\n";

struct Files {
  Scratch scratch;
  std::string endless_file = scratch / "endless.yaml", grandchild_file = scratch / "grandchild.yaml";
  Files() {
    write_text(endless_file, endless);
    write_text(grandchild_file, with_grandchild);
  }
};

std::vector<std::string> words(const Files& files, bool namespaces, bool grandchildren = true) {
  std::vector<std::string> line{files.endless_file, "-j", "24"};
  if (grandchildren) line.push_back(files.grandchild_file);
  if (!namespaces) line.push_back("--no-namespaces");
  return line;
}

/// A moment of the run, the same for the same seed; the one place where time is meant to pass.
void let_it_run(unsigned seed) {
  std::mt19937 random(seed);
  const timespec moment{0, static_cast<long>(random() % 150'000'000)};
  nanosleep(&moment, nullptr);
}

/// What was left behind stays; what other runs on this machine make meanwhile comes and goes.
bool nothing_new(const std::set<std::string>& before, std::set<std::string> (*look)()) {
  std::set<std::string> suspects = look();
  for (const std::string& known : before) suspects.erase(known);
  return eventually([&] {
    const std::set<std::string> now = look();
    std::erase_if(suspects, [&](const std::string& suspect) { return !now.contains(suspect); });
    return suspects.empty();
  });
}

}  // namespace

TEST_CASE("SIGKILL of the runner: within a second nothing of the run is left") {
  const Files files;
  const bool namespaces = GENERATE(true, false);
  const auto seed = static_cast<unsigned>(GENERATE(range(0, kills)));
  CAPTURE(namespaces, seed);
  const std::set<std::string> system_v = system_v_objects(), spaces = namespaces_in_use();
  BackgroundRun run(words(files, namespaces));
  REQUIRE(run.is_under_way());
  let_it_run(seed);
  kill(run.runner(), SIGKILL);
  CHECK(run.end() == 128 + SIGKILL);
  eventually([&] { return run.remains().empty(); }, promise_ns);
  CHECK(run.remains() == "");
  CHECK(nothing_new(system_v, system_v_objects));
  CHECK(nothing_new(spaces, namespaces_in_use));
}

TEST_CASE("SIGKILL of the guardian: the runner says so, and nothing of the run is left") {
  const Files files;
  const bool namespaces = GENERATE(true, false);
  const auto seed = static_cast<unsigned>(GENERATE(range(10, 10 + kills)));
  CAPTURE(namespaces, seed);
  const std::set<std::string> system_v = system_v_objects();
  BackgroundRun run(words(files, namespaces));
  REQUIRE(run.is_under_way());
  let_it_run(seed);
  REQUIRE(run.guardian() != 0);
  kill(run.guardian(), SIGKILL);
  CHECK(run.end() == 3);
  CHECK(run.err().find("guardian") != std::string::npos);
  eventually([&] { return run.remains().empty(); }, promise_ns);
  CHECK(run.remains() == "");
  CHECK(nothing_new(system_v, system_v_objects));
}

TEST_CASE("SIGKILL of both at once: no process is left, and the next run sweeps the files") {
  const Files files;
  const bool namespaces = GENERATE(true, false);
  CAPTURE(namespaces);
  const std::set<std::string> system_v = system_v_objects();
  // Without namespaces and without anybody to look after them, children of foreign programs are out of reach.
  BackgroundRun run(words(files, namespaces, namespaces));
  REQUIRE(run.is_under_way());
  let_it_run(20);
  const pid_t guardian = run.guardian();
  REQUIRE(guardian != 0);
  kill(run.runner(), SIGSTOP);
  kill(guardian, SIGKILL);
  kill(run.runner(), SIGKILL);
  CHECK(run.end() == 128 + SIGKILL);
  eventually([&] { return run.remains(false).empty(); }, promise_ns);
  CHECK(run.remains(false) == "");
  const Scratch next;
  write_text(next / "short.yaml", scenario_text("short"));
  CHECK(squall_in(next.path(), "run short.yaml -t pipe").status == 0);
  CHECK(run.remains() == "");
  CHECK(nothing_new(system_v, system_v_objects));
}

TEST_CASE("Ctrl-C in the middle of a run ends it soon, with a report of what was run") {
  const Scratch scratch;
  write_text(scratch / "short.yaml", scenario_text("short"));
  BackgroundRun run({scratch / "short.yaml", "-t", "pipe", "--repeat", "1000000", "--format", "json"});
  REQUIRE(run.is_under_way());
  kill(run.runner(), SIGINT);
  CHECK(run.end() == 5);
  CHECK(run.out().find("\"interrupted\": true") != std::string::npos);
  CHECK(std::filesystem::exists(run.directory() + "/.squall/runs/latest/report.json"));
  CHECK(run.remains() == "");
}

TEST_CASE("a second Ctrl-C does not wait for what is under way") {
  const Files files;
  BackgroundRun run(words(files, true));
  REQUIRE(run.is_under_way());
  kill(run.runner(), SIGINT);
  CHECK(eventually([&] {
    kill(run.runner(), SIGINT);
    return run.guardian() == 0;
  }));
  CHECK(run.end() == 130);
  eventually([&] { return run.remains().empty(); }, promise_ns);
  CHECK(run.remains() == "");
}

TEST_CASE("SIGKILL of a sweep: its directory is gone within a second, and whoever ran in it") {
  const Scratch scratch;
  const std::string files = scratch / "tmp";
  std::filesystem::create_directory(files);
  write_text(scratch / "short.yaml", scenario_text("short"));
  const pid_t sweep = fork_child([&] {
    setenv("TMPDIR", files.c_str(), 1);
    const squall::FileDescriptor nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
    dup2(nowhere.get(), STDOUT_FILENO);
    const std::string scenario = scratch / "short.yaml";
    execl(SQUALL_BINARY_DIR "/bin/squall", "squall", "sweep", scenario.c_str(), "-t", "pipe", nullptr);
    return 127;
  });
  CHECK(eventually([&] { return !std::filesystem::is_empty(files); }));
  let_it_run(30);
  kill(sweep, SIGKILL);
  CHECK(end_of(sweep) == 128 + SIGKILL);
  CHECK(eventually([&] { return std::filesystem::is_empty(files); }, promise_ns));
}
