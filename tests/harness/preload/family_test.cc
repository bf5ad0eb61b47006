// Keys that say who decided: the same in every run, whoever was scheduled when. And calls that nobody sees.
#include "tests/catch.h"
#include "tests/harness/preload/preloaded.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace squall::tests {

using namespace squall::faults;

namespace {

const std::string static_probe = SQUALL_BINARY_DIR "/bin/preload_static_probe";

using Line = std::tuple<std::uint64_t, std::uint32_t, std::uint16_t, unsigned, unsigned, std::uint64_t,
                        std::uint64_t, unsigned>;

/// All that two runs share of what was decided.
std::vector<Line> lines_of(const Preloaded& program) {
  std::vector<Line> lines;
  for (const Decided& decided : program.decisions())
    lines.emplace_back(decided.key.process, decided.key.thread, decided.key.channel,
                       static_cast<unsigned>(decided.key.call), decided.key.depth, decided.key.nth,
                       decided.value, decided.rule);
  std::sort(lines.begin(), lines.end());
  return lines;
}

void fail_reads_at_random(Preloaded& program) {
  Rule& rule = program.rule(Action::error, {"read"});
  rule.error = EIO;
  rule.illegal = true;
  rule.probability = UINT32_MAX / 3;
}

template <class Member>
std::size_t different(const Preloaded& program, Member Key::*member) {
  std::set<Member> found;
  for (const Decided& decided : program.decisions()) found.insert(decided.key.*member);
  return found.size();
}

}  // namespace

TEST_CASE("threads and children decide the same in every run") {
  Preloaded first;
  fail_reads_at_random(first);
  REQUIRE(first.run_probe({"grow"}).status == 0);
  const std::vector<Line> lines = lines_of(first);
  CHECK(lines.size() > 50);
  CHECK(std::adjacent_find(lines.begin(), lines.end()) == lines.end());
  // The probe; two children, what each became by exec, and a child of each.
  CHECK(different(first, &Key::process) == 7);
  // The first one; three, and one of each.
  CHECK(different(first, &Key::thread) == 7);
  for (int again = 0; again < 3; ++again) {
    Preloaded next;
    fail_reads_at_random(next);
    REQUIRE(next.run_probe({"grow"}).status == 0);
    CHECK(lines_of(next) == lines);
  }
  Preloaded other;
  fail_reads_at_random(other);
  other.rules().seed = 43;
  REQUIRE(other.run_probe({"grow"}).status == 0);
  CHECK(lines_of(other) != lines);
}

TEST_CASE("a program that this one starts has an identity of its own, however it is started") {
  for (const char* how :
       {"execv", "execve", "execvp", "execl", "execlp", "execle", "posix_spawn", "posix_spawnp", "vfork"}) {
    INFO(how);
    Preloaded program;
    fail_reads_at_random(program);
    REQUIRE(program.run_probe({"start", how, probe}).status == 0);
    const std::vector<Decided> decisions = program.decisions();
    REQUIRE_FALSE(decisions.empty());
    for (const Decided& decided : decisions) CHECK(decided.key.process != 4711);
    CHECK(program.diary().loaded == 2);
    CHECK(program.unseen(Unseen::vfork_child) == (how == std::string("vfork") ? 1 : 0));
  }
}

TEST_CASE("programs that libc starts by itself are told from each other") {
  Preloaded program;
  fail_reads_at_random(program);
  REQUIRE(program.run_probe({"start", "system", probe}).status == 0);
  CHECK(different(program, &Key::process) == 2);
  for (const Decided& decided : program.decisions()) CHECK(decided.key.process != 4711);
}

TEST_CASE("a static program that is started is counted as unseen") {
  for (const char* how : {"execv", "execvp", "posix_spawn"}) {
    INFO(how);
    Preloaded program;
    fail_reads_at_random(program);
    REQUIRE(program.run_probe({"start", how, static_probe}).status == 0);
    CHECK(program.unseen(Unseen::static_program) == 1);
    CHECK(program.diary().loaded == 1);
  }
  Preloaded script;
  fail_reads_at_random(script);
  const std::string path = script.scratch() / "script";
  write_text(path, "#! " + static_probe + "\n");
  REQUIRE(chmod(path.c_str(), 0700) == 0);
  REQUIRE(script.run_probe({"start", "execv", path}).status == 0);
  CHECK(script.unseen(Unseen::static_program) == 1);
}

TEST_CASE("what a stream writes through libc's own calls is counted as unseen") {
  Preloaded unbuffered;
  fail_reads_at_random(unbuffered);
  CHECK(unbuffered.run_probe({"print", "unbuffered"}).output == "line 0\nline 1\nline 2\n");
  CHECK(unbuffered.unseen(Unseen::inside_libc) == 3);

  Preloaded reading;
  fail_reads_at_random(reading);
  const std::string path = reading.scratch() / "lines";
  write_text(path, "one\ntwo\nthree\n");
  CHECK(reading.run_probe({"lines", path}).output == "3\n");
  CHECK(reading.unseen(Unseen::inside_libc) == 2);  // all of it, and the end

  Preloaded buffered;
  fail_reads_at_random(buffered);
  CHECK(buffered.run_probe({"print", "buffered"}).output.empty());
  CHECK(buffered.unseen(Unseen::inside_libc) == 0);
}

}  // namespace squall::tests
