// Every reached call × every legal fault, on programs that take them well or do not.
#include "harness/engine/sweep/sweep.h"

#include "tests/catch.h"
#include "tests/harness/child.h"

#include <algorithm>

using namespace squall;
using namespace squall::sweep;
using namespace squall::tests;

namespace {

Swept swept(const std::vector<std::string>& words, std::uint64_t deadline_ms = 20'000) {
  const Scratch scratch;
  return sweep_calls({words, SQUALL_PRELOAD, scratch.path(), deadline_ms}, {});
}

Swept swept(const std::string& name, std::uint64_t deadline_ms = 20'000) {
  return swept(std::vector<std::string>{SQUALL_SWEPT, name}, deadline_ms);
}

/// Whether the finding is there, by the beginning of its fault.
bool has(const Swept& swept, const std::string& fault, const std::string& what) {
  for (const Finding& finding : swept.findings)
    if (finding.fault.starts_with(fault) && finding.what.find(what) != finding.what.npos) return true;
  return false;
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
