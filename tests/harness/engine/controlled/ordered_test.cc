// What searches need not come between, and what they must.
#include "harness/engine/controlled/strategies/ordered.h"

#include "tests/catch.h"

using namespace squall::controlled;

namespace {

constexpr Granule lock = 1, data = 2, flag = 3;

/// Whether the steps, one granule each, hold an access that is not ordered with an earlier one.
class Steps {
 public:
  Steps() { ordered_.begin(); }
  Steps& step(TaskId task, EventKind kind, Granule granule = 0, ObjectId object = no_object) {
    Candidate candidate;
    candidate.task = task;
    candidate.kind = kind;
    candidate.object = object;
    candidate.is_write = kind == EventKind::store || kind == EventKind::rmw;
    ordered_.note_step(candidate);
    if (granule != 0 && ordered_.note_access(granule, candidate)) races_ = races_ || granule != lock;
    return *this;
  }
  bool races() const { return races_; }

 private:
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

TEST_CASE("what the first task did before the others began is ordered, and what it does after they ended") {
  Steps steps;
  steps.step(0, EventKind::store, data).step(1, EventKind::start).step(1, EventKind::store, data);
  steps.step(1, EventKind::exit, 0, every_object).step(0, EventKind::call, 0, every_object);
  CHECK_FALSE(steps.step(0, EventKind::load, data).races());
}

TEST_CASE("that one has ended orders nothing for its siblings") {
  Steps steps;
  steps.step(1, EventKind::start).step(1, EventKind::store, data).step(1, EventKind::exit, 0, every_object);
  steps.step(2, EventKind::start).step(2, EventKind::call, 0, every_object);
  CHECK(steps.step(2, EventKind::load, data).races());
}

TEST_CASE("two reads are in no order, and need none") {
  Steps steps;
  steps.step(1, EventKind::start).step(2, EventKind::start);
  CHECK_FALSE(steps.step(1, EventKind::load, data).step(2, EventKind::load, data).races());
}
