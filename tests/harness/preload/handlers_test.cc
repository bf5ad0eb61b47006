// What the library tells of signal handlers, and that the program does not notice.
#include "tests/catch.h"
#include "tests/harness/preload/preloaded.h"

#include <algorithm>

namespace squall::tests {

using namespace squall::faults;

namespace {

struct Watched : Preloaded {
  Watched() { rules().watch_handlers = true; }

  /// "malloc in SIGUSR1 inside fflush", each with how often.
  std::map<std::string, std::uint64_t> unsafe() const {
    std::map<std::string, std::uint64_t> found;
    for (const UnsafeCall& call : diary().unsafe)
      if (call.claimed != 0)
        found[std::string(call.called) + (call.interrupted[0] != 0 ? " inside " : "") + call.interrupted] +=
            call.count;
    return found;
  }
};

using Calls = std::map<std::string, std::uint64_t>;

std::vector<unsigned> depths_of(const Preloaded& program) {
  std::vector<unsigned> depths;
  for (const Decided& decided : program.decisions()) depths.push_back(decided.key.depth);
  return depths;
}

using Depths = std::vector<unsigned>;

}  // namespace

TEST_CASE("a handler that leaves another errno is found") {
  Watched program;
  CHECK(program.run_probe({"spoil"}).output == "spoiled\n");
  CHECK(program.diary().signals[SIGUSR1].entered == 3);
  CHECK(program.diary().signals[SIGUSR1].spoiled == 2);
  CHECK(program.diary().signals[SIGUSR2].entered == 1);
  CHECK(program.diary().signals[SIGUSR2].spoiled == 0);
  CHECK(program.diary().signals[SIGUSR1].longest_ns > 0);
  CHECK(program.diary().signals[SIGUSR1].total_ns >= program.diary().signals[SIGUSR1].longest_ns);
}

TEST_CASE("calls know how many handlers they are in") {
  Watched program;
  program.rule(Action::yield, {"write"});
  CHECK(program.run_probe({"nest"}).status == 0);
  CHECK(depths_of(program) == Depths{0, 1, 2, 0});
  CHECK(program.diary().deepest == 2);
  CHECK(program.diary().signals[SIGUSR2].nested == 1);
  CHECK(program.diary().signals[SIGUSR1].nested == 0);
  // Each depth counts for itself.
  std::vector<std::uint64_t> nths;
  for (const Decided& decided : program.decisions()) nths.push_back(decided.key.nth);
  CHECK(nths == std::vector<std::uint64_t>{1, 1, 1, 2});
}

TEST_CASE("an unsafe function in a handler is potential where nothing unsafe was interrupted") {
  Watched program;
  CHECK(program.run_probe({"unsafe"}).status == 0);
  CHECK(program.unsafe() == Calls{{"free", 2}, {"malloc", 2}});
}

TEST_CASE("an unsafe function in a handler that interrupted one is an actual pair") {
  Watched program;
  CHECK(program.run_probe({"unsafe-inside"}).status == 0);
  CHECK(program.unsafe() ==
        Calls{{"free", 1}, {"free inside fflush", 1}, {"malloc", 1}, {"malloc inside fflush", 1}});
}

TEST_CASE("calls that a rule may reach are unsafe too, where the list says so") {
  Watched program;
  CHECK(program.run_probe({"unsafe-calls"}).status == 0);
  CHECK(program.unsafe() == Calls{{"sem_wait", 1}, {"shm_unlink", 1}});
}

TEST_CASE("a handler that calls only what is safe is not blamed") {
  Watched program;
  CHECK(program.run_probe({"safe"}).status == 0);
  CHECK(program.unsafe().empty());
  CHECK(program.diary().signals[SIGUSR1].entered == 1);
}

TEST_CASE("after a jump out of handlers the program is outside of them") {
  for (const char* stack : {"same-stack", "other-stack"}) {
    INFO(stack);
    Watched program;
    program.rule(Action::yield, {"write"});
    CHECK(program.run_probe({"jump", "out", stack}).status == 0);
    CHECK(depths_of(program) == Depths{0});
    CHECK(program.diary().deepest == 2);
    CHECK(program.unsafe().empty());
  }
}

TEST_CASE("a jump that stays in the handler leaves it not") {
  for (const char* stack : {"same-stack", "other-stack"}) {
    INFO(stack);
    Watched program;
    program.rule(Action::yield, {"write"});
    CHECK(program.run_probe({"jump", "within", stack}).status == 0);
    CHECK(depths_of(program) == Depths{1, 0});
  }
}

TEST_CASE("a program sees its own dispositions, stacks and masks") {
  for (const char* act : {"dispositions", "older-ways"}) {
    Watched program;
    const Outcome bare = run_command(program.scratch(), {probe, act}, {});
    const Outcome watched = program.run_probe({act});
    CHECK(bare.status == 0);
    CHECK(watched.status == 0);
    CHECK(watched.output == bare.output);
    CHECK(watched.output.find('?') == std::string::npos);
    CHECK(program.diary().signals[SIGUSR1].entered + program.diary().signals[SIGUSR2].entered > 0);
  }
}

}  // namespace squall::tests
