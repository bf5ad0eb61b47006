// The programs that searches are measured with: SCTBench's (Thomson, Donaldson, Betts 2014), after their
// published descriptions, and a few of our own.
#include "tests/harness/engine/controlled/simulated.h"

#include <numeric>

namespace squall::tests {
namespace {

constexpr std::size_t finish = 1u << 20;  ///< a step beyond the last

/// A main task that starts all others, one after the other, and waits for them.
Steps main_of(std::size_t children) {
  Steps steps;
  for (TaskId child = 1; child <= children; ++child) steps.push_back(spawn(child));
  for (TaskId child = 1; child <= children; ++child) steps.push_back(join(child));
  return steps;
}

Program program_of(std::string name, std::size_t variables, std::size_t locks, std::vector<Steps> children) {
  Program program{std::move(name), variables, locks, {main_of(children.size())}};
  for (Steps& steps : children) program.tasks.push_back(std::move(steps));
  return program;
}

std::vector<Steps> copies(std::size_t count, const Steps& steps) { return std::vector<Steps>(count, steps); }

std::vector<Steps> together(std::vector<Steps> first, const std::vector<Steps>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

long plus_one(const Actor& actor) { return actor.registers[0] + 1; }

}  // namespace

Program lost_update(std::size_t tasks) {
  Program program = program_of("lost update", 1, 0, copies(tasks, {load(0, 0), store(0, plus_one)}));
  program.at_end = [tasks](World& world) {
    if (world.variables[0] != static_cast<long>(tasks)) world.fail("an update is lost");
  };
  return program;
}

Program guarded_update(std::size_t tasks) {
  Program program =
      program_of("guarded update", 1, 1, copies(tasks, {lock(0), load(0, 0), store(0, plus_one), unlock(0)}));
  program.at_end = lost_update(tasks).at_end;
  return program;
}

/// Setters store 1 to a and -1 to b; a checker must see both or none. It reads as C does: a, then b if a was
/// 0, otherwise a again and then b.
Program reorder(std::size_t setters, std::size_t checkers) {
  const Steps setter = {store(0, 1), store(1, -1)};
  const Steps checker = {
      then(load(0, 0), [](World&, Actor& actor) { actor.next += actor.registers[0] == 0 ? 0 : 1; }),
      then(load(1, 1),
           [](World&, Actor& actor) { actor.next = actor.registers[1] == 0 ? finish : actor.next; }),
      then(load(0, 0),
           [](World& world, Actor& actor) { actor.registers[0] == 1 ? void() : world.fail("a torn pair"); }),
      then(load(1, 1),
           [](World& world, Actor& actor) { actor.registers[1] == -1 ? void() : world.fail("a torn pair"); }),
  };
  return program_of("reorder_" + std::to_string(setters + checkers), 2, 0,
                    together(copies(setters, setter), copies(checkers, checker)));
}

/// Fails if the task that has so far to go, once it is started, comes before the step that follows.
Program from_far_away(std::size_t steps) {
  Steps far(steps, load(1, 1));
  far.push_back(then(load(0, 0), [](World& world, Actor& actor) {
    if (actor.registers[0] == 1) world.fail("half of it is done");
  }));
  return {"from far away", 2, 0, {{store(0, 1), spawn(1), store(0, 2), join(1)}, far}};
}

/// Writers set the first value under one lock and the second, one more, under another; readers take both in
/// the same two stages and can come in between.
Program two_stage(std::size_t writers, std::size_t readers) {
  const Steps writer = {lock(0), store(0, 1), unlock(0), lock(1), load(0, 0), store(1, plus_one), unlock(1)};
  Steps reader = {
      lock(0),
      then(load(0, 0), [](World&, Actor& actor) { actor.next += actor.registers[0] == 0 ? 0 : 1; }),
      then(unlock(0), [](World&, Actor& actor) { actor.next = finish; }),
      unlock(0),
      lock(1),
      load(1, 1),
      then(unlock(1),
           [](World& world, Actor& actor) {
             if (actor.registers[1] != actor.registers[0] + 1) world.fail("the second stage is missing");
           }),
  };
  return program_of("twostage_" + std::to_string(writers + readers), 2, 2,
                    together(copies(writers, writer), copies(readers, reader)));
}

/// Deposit and withdrawal under a lock, the check of the balance without.
Program account() {
  const auto change = [](long by) {
    return Steps{lock(0), load(0, 0), store(0, [by](const Actor& actor) { return actor.registers[0] + by; }),
                 unlock(0)};
  };
  Steps deposit = change(10), withdraw = change(-5);
  deposit.push_back(store(1, 1));
  withdraw.push_back(store(2, 1));
  const Steps check = {load(1, 0),
                       load(2, 1),
                       load(0, 2),
                       {EventKind::call, no_object, false, {}, [](World& world, Actor& actor, TaskId) {
                          const auto& r = actor.registers;
                          if (r[0] && r[1] && r[2] != 5) world.fail("a wrong balance");
                          if (!r[0] && !r[1] && r[2] != 0) world.fail("a balance ahead of its flags");
                        }}};
  return program_of("account", 3, 1, {deposit, withdraw, check});
}

/// Each passes on what its neighbour has; the end is right only if they come in turn.
Program token_ring() {
  const auto pass = [](std::size_t from, std::size_t to) {
    return Steps{lock(0), load(from, 0), store(to, plus_one), unlock(0)};
  };
  Program program = program_of("token ring", 4, 1, {pass(0, 1), pass(1, 2), pass(2, 3)});
  program.at_end = [](World& world) {
    const auto& x = world.variables;
    if (x[1] != 1 || x[2] != 2 || x[3] != 3) world.fail("a token out of turn");
  };
  return program;
}

/// Some update under one lock, some under another.
Program wrong_lock(std::size_t right, std::size_t wrong) {
  const auto update = [](std::size_t which) {
    return Steps{lock(which), load(0, 0), store(0, plus_one), unlock(which)};
  };
  Program program =
      program_of("wronglock", 1, 2, together(copies(right, update(0)), copies(wrong, update(1))));
  program.at_end = lost_update(right + wrong).at_end;
  return program;
}

Program lock_order() {
  const auto both = [](std::size_t first, std::size_t second) {
    return Steps{lock(first), lock(second), unlock(second), unlock(first)};
  };
  return program_of("deadlock01", 0, 2, {both(0, 1), both(1, 0)});
}

Program lock_order_kept() {
  const auto both = [](std::size_t first, std::size_t second) {
    return Steps{lock(first), lock(second), unlock(second), unlock(first)};
  };
  return program_of("lock order kept", 0, 2, {both(0, 1), both(0, 1)});
}

/// A counter that the second task may only push on if the first has just done so: wrong order sends it back
/// to zero.
Program ordered_stores(std::size_t length) {
  Steps odd, even;
  for (std::size_t turn = 0; turn < length; ++turn) {
    const auto push = [](long parity) {
      return Step{EventKind::rmw, 0x1000, true, {}, [parity](World& world, Actor&, TaskId) {
                    long& at = world.variables[0];
                    at = at % 2 == parity ? at + 1 : 0;
                  }};
    };
    odd.push_back(push(0));
    even.push_back(push(1));
  }
  Program program = program_of("ladder_" + std::to_string(length), 1, 0, {odd, even});
  const long top = static_cast<long>(2 * length);
  program.at_end = [top](World& world) {
    if (world.variables[0] == top) world.fail("the top of the ladder");
  };
  return program;
}

/// One waits for a flag without sleeping.
Program spinning() {
  const Steps waiter = {
      then(load(0, 0), [](World&, Actor& actor) { actor.next -= actor.registers[0] == 0 ? 1 : 0; }),
      store(1, 1)};
  const Steps setter = {store(1, 2), store(1, 3), store(0, 1)};
  return program_of("spinning", 2, 0, {waiter, setter});
}

/// A send that may be interrupted is repeated after the flag was taken down already; somebody must look in
/// between.
Program faulty_retry() {
  Step send = store(0, 1);
  send.extras.push_back({EventKind::fault, 4, [](World& world, Actor& actor) {
                           world.variables[1] = 1;  // announced, though not sent
                           --actor.next;
                         }});
  const Steps sender = {send, store(1, 1)};
  const Steps receiver = {load(1, 0), then(load(0, 1), [](World& world, Actor& actor) {
                            if (actor.registers[0] == 1 && actor.registers[1] == 0)
                              world.fail("announced, not sent");
                          })};
  return program_of("faulty retry", 2, 0, {sender, receiver});
}

}  // namespace squall::tests
