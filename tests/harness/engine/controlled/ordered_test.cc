// What searches need not come between, and what they must.
#include "harness/engine/controlled/strategies/ordered.h"

#include "tests/catch.h"

#include <algorithm>
#include <utility>
#include <vector>

using namespace squall::controlled;

namespace {

constexpr Granule lock = 1, data = 2, flag = 3;

/// Whether the steps, one granule each, hold an access that is not ordered with an earlier one.
class Steps {
 public:
  explicit Steps(std::vector<TaskId> there = {0, 1, 2}) : there_(std::move(there)) { ordered_.begin(); }

  Steps& step(TaskId task, EventKind kind, Granule granule = 0, bool awaits_ends = false) {
    std::vector<Candidate> candidates;
    for (const TaskId one : there_) {
      candidates.emplace_back();
      candidates.back().task = one;
    }
    const auto picked =
        std::ranges::find_if(candidates, [task](const Candidate& one) { return one.task == task; });
    picked->kind = kind;
    picked->awaits_ends = awaits_ends;
    picked->is_write = kind == EventKind::store || kind == EventKind::rmw;
    ordered_.note_step(candidates, *picked);
    if (granule != 0 && ordered_.note_access(granule, *picked)) races_ = races_ || granule != lock;
    if (kind == EventKind::exit) std::erase(there_, task);
    return *this;
  }
  Steps& arrives(TaskId task) {
    there_.push_back(task);
    return *this;
  }
  Steps& sleeps(TaskId task) {
    std::erase(there_, task);
    return *this;
  }
  bool races() const { return races_; }

 private:
  std::vector<TaskId> there_;
  Ordered ordered_;
  bool races_ = false;
};

}  // namespace

TEST_CASE("what a lock protects is ordered, in whatever order the lock is taken") {
  for (const TaskId first : {1u, 2u}) {
    const TaskId second = 3 - first;
    Steps steps;
    steps.step(1, EventKind::start).step(2, EventKind::start);
    for (const TaskId task : {first, second})
      steps.step(task, EventKind::rmw, lock)
          .step(task, EventKind::load, data)
          .step(task, EventKind::store, data)
          .step(task, EventKind::rmw, lock);
    CHECK_FALSE(steps.races());
  }
}

TEST_CASE("what is touched after the lock was given back is not ordered") {
  Steps steps;
  steps.step(1, EventKind::start).step(2, EventKind::start);
  steps.step(1, EventKind::rmw, lock).step(1, EventKind::rmw, lock).step(1, EventKind::store, data);
  steps.step(2, EventKind::rmw, lock).step(2, EventKind::load, data);
  CHECK(steps.races());
}

TEST_CASE("a plain flag orders nothing") {
  Steps steps;
  steps.step(1, EventKind::start).step(2, EventKind::start);
  steps.step(1, EventKind::store, data).step(1, EventKind::store, flag);
  steps.step(2, EventKind::load, flag).step(2, EventKind::load, data);
  CHECK(steps.races());
}

TEST_CASE("what a task did before it made another is ordered, and what it does after it waited for its end") {
  Steps steps({0});
  steps.step(0, EventKind::store, data).arrives(1).step(1, EventKind::start).step(1, EventKind::store, data);
  steps.step(1, EventKind::exit).step(0, EventKind::call, 0, true);
  CHECK_FALSE(steps.step(0, EventKind::load, data).races());
}

TEST_CASE("what a task does after it made another is in no order with it, whoever comes first") {
  const bool maker_is_first = GENERATE(true, false);
  Steps steps({0});
  steps.step(0, EventKind::call).arrives(1);
  if (maker_is_first) steps.step(0, EventKind::store, data).step(0, EventKind::call);
  steps.step(1, EventKind::start).step(1, EventKind::store, data).step(1, EventKind::exit);
  if (!maker_is_first) steps.step(0, EventKind::call).step(0, EventKind::store, data);
  CHECK(steps.races());
}

TEST_CASE("who was let go on comes after who let it") {
  Steps steps({1, 2});
  steps.step(1, EventKind::start)
      .sleeps(1)
      .step(2, EventKind::store, data)
      .step(2, EventKind::call)
      .arrives(1);
  CHECK_FALSE(steps.step(1, EventKind::load, data).races());
}

TEST_CASE("that one has ended orders nothing for its siblings") {
  Steps steps;
  steps.step(1, EventKind::start).step(1, EventKind::store, data).step(1, EventKind::exit);
  steps.step(2, EventKind::start).step(2, EventKind::call);
  CHECK(steps.step(2, EventKind::load, data).races());
}

TEST_CASE("two reads are in no order, and need none") {
  Steps steps;
  steps.step(1, EventKind::start).step(2, EventKind::start);
  CHECK_FALSE(steps.step(1, EventKind::load, data).step(2, EventKind::load, data).races());
}
