// Every reached call × every legal fault, on programs that take them well or do not.
#include "harness/engine/sweep/sweep.h"

#include "tests/catch.h"
#include "tests/harness/child.h"

#include <algorithm>

using namespace squall;
using namespace squall::sweep;
using namespace squall::tests;

namespace {

Swept swept(const std::vector<std::string>& words, std::uint64_t deadline_ms = 20'000, unsigned jobs = 1) {
  const Scratch scratch;
  Options options;
  options.jobs = jobs;
  return sweep_calls(subject_of({words, SQUALL_PRELOAD, scratch.path(), deadline_ms}), options);
}

Swept swept(const std::string& name, std::uint64_t deadline_ms = 20'000) {
  return swept(std::vector<std::string>{SQUALL_SWEPT, name}, deadline_ms);
}

/// Whether the finding is there, by the beginning of its fault.
bool has(const Swept& swept, const std::string& fault, const std::string& what) {
  for (const Finding& finding : swept.findings)
    if (in_words(finding.stretch).starts_with(fault) && finding.what.find(what) != finding.what.npos)
      return true;
  return false;
}

/// All that is told of it.
std::string report_of(const Swept& swept) {
  Part part;
  part.trials = swept.trials;
  part.rows = swept.rows;
  part.findings = swept.findings;
  std::string text = written(part);
  for (const auto& [site, row] : swept.rows) text += std::to_string(row.reached) + ' ';
  return text;
}

}  // namespace

TEST_CASE("a program that ends in a clean error whatever fails has no findings") {
  const Swept all = swept("careful");
  CHECK(all.obstacle == "");
  CHECK(all.is_repeatable);
  CHECK(all.findings.empty());
  unsigned fired = 0;
  for (const auto& [site, row] : all.rows) {
    fired += row.fired;
    CHECK(row.fired + row.refused <= row.trials);
  }
  CHECK(fired >= 4);  // pipe and open, once and for ever
}

TEST_CASE("a wrong result reported as success is a finding") {
  CHECK(has(swept("careless"), "open: EMFILE, occurrence 1", "succeeds with another result"));
}

TEST_CASE("a crash and a hang are findings") {
  CHECK(has(swept("aborts"), "open: EMFILE, occurrence 1", "killed by signal 6"));
  const Swept hanging = swept("hangs", 1500);
  CHECK(has(hanging, "open: EMFILE, from occurrence 1", "hangs"));
  CHECK_FALSE(has(hanging, "open: EMFILE, occurrence 1", "hangs"));
}

TEST_CASE("a short read harms who reads once and nobody who reads on") {
  CHECK(has(swept("reads-once", 1500), "read: short, occurrence 1", "exits with 2"));
  CHECK(swept("reads-in-a-loop").findings.empty());
}

TEST_CASE("what was covered is told by call site") {
  const Swept all = swept("two-sites");
  CHECK(all.findings.empty());
  std::vector<std::uint64_t> reached;
  for (const auto& [site, row] : all.rows) {
    if (site.call != faults::Call::open) continue;
    CHECK(site.file == SQUALL_SWEPT);
    CHECK(row.fired >= row.reached);
    reached.push_back(row.reached);
  }
  std::sort(reached.begin(), reached.end());
  CHECK(reached == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a command that fails by itself is not swept") {
  const Swept all = swept("no such program of ours");
  CHECK(all.obstacle != "");
  CHECK(all.trials == 0);
}

TEST_CASE("a child that crashes is a finding although its parent hides it") {
  const Swept crashing = swept("child-crashes");
  CHECK(crashing.obstacle == "");
  CHECK(has(crashing, "open: EMFILE, occurrence 1", "a child is killed by signal 11"));
  CHECK(has(swept("child-aborts"), "open: EMFILE, occurrence 1", "a child is killed by signal 6"));
}

TEST_CASE("a child that its parent kills has not crashed") {
  const Swept killing = swept("kills-its-child");
  CHECK(killing.obstacle == "");
  CHECK(killing.findings.empty());
}

TEST_CASE("a child left behind is a finding, and one that ends by itself after its parent is none") {
  CHECK(has(swept("leaves-its-child"), "open: EMFILE, occurrence 1", "leaves 1 processes behind"));
  const Swept ending = swept("child-ends-later");
  CHECK(ending.obstacle == "");
  CHECK(ending.findings.empty());
}

TEST_CASE("a program does not see who watches for its crash") {
  const Swept looking = swept("looks-at-dispositions");
  CHECK(looking.obstacle == "");
  CHECK(looking.trials > 0);
}

TEST_CASE("the report is the same however many trials run at a time") {
  for (const char* name : {"careless", "aborts", "reads-once", "two-sites", "child-crashes", "has-a-queue"}) {
    INFO(name);
    const std::vector<std::string> words{SQUALL_SWEPT, name};
    const std::string alone = report_of(swept(words, 1500, 1));
    CHECK(report_of(swept(words, 1500, 2)) == alone);
    CHECK(report_of(swept(words, 1500, 5)) == alone);
  }
}

TEST_CASE("trials at the same time do not meet by the names of what they have in the kernel") {
  const Swept all = swept({SQUALL_SWEPT, "has-a-queue"}, 20'000, 4);
  CHECK(all.obstacle == "");
  CHECK(all.trials > 40);
  CHECK(all.findings.empty());
  CHECK(all.unconfirmed == 0);
}

TEST_CASE("what happens to trials beside each other and not alone is not told") {
  const Scratch scratch;
  const Swept all = swept({SQUALL_SWEPT, "has-a-file", scratch / "lock"}, 20'000, 4);
  CHECK(all.obstacle == "");
  CHECK(all.findings.empty());
}

TEST_CASE("a sweep that is to end is cut short, and says so") {
  const Scratch scratch;
  Options options;
  for (const unsigned jobs : {1U, 3U}) {
    options.jobs = jobs;
    options.is_over = [] { return true; };
    const Swept cut =
        sweep_calls(subject_of({{SQUALL_SWEPT, "careful"}, SQUALL_PRELOAD, scratch.path()}), options);
    CHECK(cut.was_cut_short);
  }
}
