// What an execution is blamed for although it ended well. Each in a process of its own, with names of its
// own.
#include "harness/engine/controlled/oracles/oracles.h"

#include "harness/topology/namespaces.h"
#include "tests/catch.h"
#include "tests/harness/engine/controlled/observers/observed.h"

using namespace squall;
using namespace squall::controlled;
using namespace squall::tests;

namespace {

constexpr int skipped = 77;

/// The status tells: 0 when the last of two executions ended in that failure, and what is said contains the
/// words.
int judge(const std::string& program, const Judged& judged, Failure expected, const std::string& words) {
  const Scratch scratch;
  if (chdir(scratch.path().c_str()) != 0) return 90;
  Settings settings = observed(program);
  settings.command.directory = scratch.path();
  Oracles oracles(judged, true);
  settings.observers.push_back(&oracles);
  for (int i = 0; i < 2; ++i) {
    const Execution last = explored(settings, 1).last;
    std::string said = last.what;
    for (const std::string& note : last.notes) said += note;
    const bool is_good = last.failure == expected && said.find(words) != said.npos;
    if (!is_good) fprintf(stderr, "%s: %s\n", std::string(word_for(last.failure)).c_str(), said.c_str());
    if (!is_good) return 1;
    unlink("observed-fifo");
  }
  return 0;
}

void check(const std::string& program, const Judged& judged, Failure expected, const std::string& words) {
  INFO(program);
  const int status = status_of([&] {
    const auto isolated = topology::run_isolated([&] { return judge(program, judged, expected, words); });
    return isolated.isolated ? isolated.status : skipped;
  });
  if (status == skipped) {
    WARN("skipped: namespaces are not allowed here");
  } else {
    CHECK(status == 0);
  }
}

}  // namespace

TEST_CASE("an object that outlives the tree is a failure, again and again") {
  check("leave-queue", {}, Failure::object_left, "message queue");
  check("leave-memory", {}, Failure::object_left, "POSIX shared memory /squall-observed");
  check("leave-posix-queue", {}, Failure::object_left, "POSIX message queue /squall-observed");
  check("leave-fifo", {}, Failure::object_left, "/observed-fifo");
}

TEST_CASE("an object that is removed in time, or allowed, is none") {
  check("remove-queue", {}, Failure::none, "");
  Judged judged;
  judged.objects = false;
  check("leave-queue", judged, Failure::none, "message queue");
}

TEST_CASE("an open descriptor is a failure only where that is forbidden") {
  check("leave-descriptor", {}, Failure::none, "");
  Judged judged;
  judged.descriptors = true;
  check("leave-descriptor", judged, Failure::descriptor_open, "3 (/dev/null)");
  check("remove-queue", judged, Failure::none, "");
}

TEST_CASE("a report of a sanitizer is the failure, not the exit that follows it") {
  check("sanitizer", {}, Failure::sanitizer, "AddressSanitizer: heap-use-after-free x.c:3 in f");
  Judged judged;
  judged.sanitizers = false;
  check("sanitizer", judged, Failure::bad_exit, "exited with 1");
}

TEST_CASE("reports of sanitizers are told from other words") {
  CHECK(sanitizer_report("x.c:3:5: runtime error: signed integer overflow\n") ==
        "UndefinedBehaviorSanitizer: x.c:3:5: runtime error: signed integer overflow");
  CHECK(
      sanitizer_report("WARNING: ThreadSanitizer: data race\nSUMMARY: ThreadSanitizer: data race a.c:1\n") ==
      "ThreadSanitizer: data race a.c:1");
  CHECK(sanitizer_report("all is well with AddressSanitizer\n").empty());
}

TEST_CASE("what is judged survives the rules of a schedule") {
  Judged judged;
  judged.objects = judged.children = false;
  judged.descriptors = true;
  const Judged again = judged_by(rules_of(judged));
  CHECK_FALSE(again.objects);
  CHECK_FALSE(again.children);
  CHECK(again.descriptors);
  CHECK(again.sanitizers);
  CHECK(rules_of({}).empty());
}
