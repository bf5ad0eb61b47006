// glibc's condition variable as a program of the simulated executor, after the algorithm of
// nptl/pthread_cond_wait.c and pthread_cond_signal.c: one step an atomic operation, sequentially consistent,
// futexes wake first in first out.
#include "tests/harness/engine/controlled/simulated.h"

#include <algorithm>
#include <array>
#include <memory>

namespace squall::tests {
namespace {

enum Variable : std::size_t {
  wseq,
  g1_start,
  g_refs,
  g_size = g_refs + 2,
  orig_size = g_size + 2,
  wrefs,
  g_signals,
  count = g_signals + 2,
  variables
};
enum Lock : std::size_t { mutex, internal, locks };
enum Register : std::size_t {
  group,
  seq,
  signals,
  seen,
  g1,
  turns,
  sequence,
  has_signalled,
  old_start = seq,
  old_size = signals
};
enum Label : std::size_t {
  again,
  check,
  wait_loop,
  is_closed,
  sleep,
  grab,
  undo_loop,
  done,
  take_one,
  await_refs,
  refs_gone,
  give,
  release,
  stop,
  labels
};

using Cell = std::function<void(long& cell, World&, Actor&)>;
using Slot = std::function<std::size_t(const Actor&)>;

/// Assembles steps; labels may be used before they are placed.
class Code {
 public:
  void place(Label label) { (*places_)[label] = steps_.size(); }
  std::function<void(Actor&)> go(Label label) const {
    return [places = places_, label](Actor& actor) { actor.next = (*places)[label]; };
  }
  void add(Step step) { steps_.push_back(std::move(step)); }
  void load(Slot slot, Cell act) { access(EventKind::load, std::move(slot), std::move(act)); }
  void rmw(Slot slot, Cell act) { access(EventKind::rmw, std::move(slot), std::move(act)); }
  void store(Slot slot, Cell act) { access(EventKind::store, std::move(slot), std::move(act)); }
  void jump(Label label) {
    add({EventKind::call, no_object, false, {}, [to = go(label)](World&, Actor& actor, TaskId) {
           to(actor);
         }});
  }

  /// Sleeps if the cell still holds what is expected; two steps, since sleeping takes time.
  void futex_wait(Slot slot, std::function<long(const Actor&)> expected) {
    add({EventKind::call,
         no_object,
         true,
         {},
         [slot, expected](World& world, Actor& actor, TaskId task) {
           const std::size_t word = slot(actor);
           if (world.variables[word] == expected(actor)) world.sleepers[word].push_back(task);
         },
         {},
         slot});
    add({EventKind::call, no_object, false,
         [slot](const World& world, TaskId task) {
           const auto& queue = world.sleepers[slot(world.actors[task])];
           return std::find(queue.begin(), queue.end(), task) == queue.end();
         },
         [](World&, Actor&, TaskId) {}});
  }
  void futex_wake(Slot slot, std::size_t most) {
    add({EventKind::call,
         no_object,
         true,
         {},
         [slot, most](World& world, Actor& actor, TaskId) {
           auto& queue = world.sleepers[slot(actor)];
           for (std::size_t woken = 0; woken < most && !queue.empty(); ++woken) queue.pop_front();
         },
         {},
         slot});
  }
  Steps take() { return std::move(steps_); }

 private:
  Steps steps_;
  std::shared_ptr<std::array<std::size_t, labels>> places_ =
      std::make_shared<std::array<std::size_t, labels>>();

  void access(EventKind kind, Slot slot, Cell act) {
    add({kind,
         no_object,
         kind != EventKind::load,
         {},
         [slot, act](World& world, Actor& actor, TaskId) { act(world.variables[slot(actor)], world, actor); },
         {},
         slot});
  }
};

Slot at(std::size_t variable) {
  return [variable](const Actor&) { return variable; };
}
Slot of_group(std::size_t variable) {
  return
      [variable](const Actor& actor) { return variable + static_cast<std::size_t>(actor.registers[group]); };
}
Slot of_g1(std::size_t variable, long flip = 0) {
  return [variable, flip](const Actor& actor) {
    return variable + static_cast<std::size_t>(actor.registers[g1] ^ flip);
  };
}

/// Gives up the reference to the group; the last one wakes a signaller that waits for it.
void drop_reference(Code& code) {
  code.rmw(of_group(g_refs), [](long& refs, World&, Actor& actor) {
    actor.registers[seen] = refs;
    refs -= 2;
    actor.next += actor.registers[seen] == 3 ? 0 : 2;
  });
  code.rmw(of_group(g_refs), [](long& refs, World&, Actor&) { refs &= ~1L; });
  code.futex_wake(of_group(g_refs), SIZE_MAX);
}

void block(Code& code) {
  code.rmw(of_group(g_refs), [](long& refs, World&, Actor&) { refs += 2; });
  code.load(of_group(g_signals), [to = code.go(is_closed)](long& word, World&, Actor& actor) {
    if (word & 1) to(actor);
  });
  code.load(at(g1_start), [to = code.go(sleep)](long& from, World&, Actor& actor) {
    if (actor.registers[seq] >= from >> 1) to(actor);
  });
  code.place(is_closed);
  drop_reference(code);
  code.jump(done);
  code.place(sleep);
  code.futex_wait(of_group(g_signals), [](const Actor&) { return 0; });
  drop_reference(code);
  code.load(of_group(g_signals), [to = code.go(wait_loop)](long& word, World&, Actor& actor) {
    actor.registers[signals] = word;
    to(actor);
  });
}

/// A signal was taken, but from whom? If it may have been a newer group's, give one back.
void undo_theft(Code& code) {
  code.load(at(g1_start), [to = code.go(done)](long& from, World&, Actor& actor) {
    actor.registers[seen] = from;
    if (!(actor.registers[seq] < from >> 1) || ((from & 1) ^ 1) != actor.registers[group]) to(actor);
  });
  code.load(of_group(g_signals), [](long& word, World&, Actor& actor) { actor.registers[signals] = word; });
  code.place(undo_loop);
  code.load(at(g1_start), [to = code.go(done)](long& from, World&, Actor& actor) {
    if (from != actor.registers[seen]) to(actor);
  });
  code.rmw(of_group(g_signals), [to = code.go(undo_loop)](long& word, World&, Actor& actor) {
    if (actor.registers[signals] & 1) return;
    if (word == actor.registers[signals])
      word += 2;
    else
      actor.registers[signals] = word, to(actor);
  });
  code.futex_wake(of_group(g_signals), 1);
}

void wait(Code& code) {
  code.rmw(at(wseq), [](long& word, World&, Actor& actor) {
    actor.registers[group] = word & 1;
    actor.registers[seq] = word >> 1;
    word += 2;
  });
  code.rmw(at(wrefs), [](long& refs, World&, Actor&) { refs += 8; });
  code.add(unlock(mutex));
  code.load(of_group(g_signals), [](long& word, World&, Actor& actor) { actor.registers[signals] = word; });
  code.place(wait_loop);
  code.add({EventKind::call,
            no_object,
            false,
            {},
            [closed = code.go(done), some = code.go(grab)](World&, Actor& actor, TaskId) {
              if (actor.registers[signals] & 1)
                closed(actor);
              else if (actor.registers[signals] != 0)
                some(actor);
            }});
  block(code);
  code.place(grab);
  code.rmw(of_group(g_signals), [to = code.go(wait_loop)](long& word, World&, Actor& actor) {
    if (word == actor.registers[signals])
      word -= 2;
    else
      actor.registers[signals] = word, to(actor);
  });
  undo_theft(code);
  code.place(done);
  code.rmw(at(wrefs), [](long& refs, World&, Actor&) { refs -= 8; });
  code.add(lock(mutex));
}

Steps waiter(long tokens) {
  Code code;
  code.place(again);
  code.add(lock(mutex));
  code.place(check);
  code.load(at(count), [to = code.go(take_one)](long& value, World&, Actor& actor) {
    if (value != 0) to(actor);
  });
  wait(code);
  code.jump(check);
  code.place(take_one);
  code.store(at(count), [](long& value, World&, Actor&) { --value; });
  code.add(then(unlock(mutex), [to = code.go(again), tokens](World&, Actor& actor) {
    if (++actor.registers[turns] < tokens) to(actor);
  }));
  return code.take();
}

/// Closes G1 and makes G2 the new one; gives up if there is nobody in it.
void switch_groups(Code& code) {
  code.load(at(orig_size), [](long& size, World&, Actor& actor) { actor.registers[old_size] = size; });
  code.load(at(g1_start), [](long& from, World&, Actor& actor) { actor.registers[old_start] = from >> 1; });
  code.load(of_g1(g_size, 1), [to = code.go(release)](long& size, World&, Actor& actor) {
    const auto& r = actor.registers;
    if (r[sequence] - r[old_start] - r[old_size] + size == 0) to(actor);
  });
  code.rmw(of_g1(g_signals), [](long& word, World&, Actor&) { word |= 1; });
  code.rmw(of_g1(g_refs), [to = code.go(refs_gone)](long& refs, World&, Actor& actor) {
    if (refs >> 1 == 0) to(actor);
  });
  code.place(await_refs);
  code.rmw(of_g1(g_refs), [to = code.go(refs_gone)](long& refs, World&, Actor& actor) {
    refs |= 1;
    actor.registers[seen] = refs;
    if (refs >> 1 == 0) to(actor);
  });
  code.futex_wait(of_g1(g_refs), [](const Actor& actor) { return actor.registers[seen]; });
  code.load(of_g1(g_refs), [to = code.go(await_refs)](long& refs, World&, Actor& actor) {
    if (refs >> 1 != 0) to(actor);
  });
  code.place(refs_gone);
  code.rmw(at(g1_start), [](long& from, World&, Actor& actor) {
    from += (actor.registers[old_size] << 1) + (actor.registers[g1] == 1 ? 1 : -1);
  });
  code.store(of_g1(g_signals), [](long& word, World&, Actor&) { word = 0; });
  code.rmw(at(wseq), [](long& word, World&, Actor& actor) {
    actor.registers[sequence] = word >> 1;
    word ^= 1;
    actor.registers[g1] ^= 1;
  });
  code.store(at(orig_size), [](long& size, World&, Actor& actor) {
    const auto& r = actor.registers;
    size = r[sequence] - (r[old_start] + r[old_size]);
    actor.registers[seen] = size;
  });
  code.rmw(of_g1(g_size), [to = code.go(release)](long& size, World&, Actor& actor) {
    size += actor.registers[seen];
    if (size == 0) to(actor);
  });
}

void signal(Code& code) {
  code.load(at(wrefs), [to = code.go(stop)](long& refs, World&, Actor& actor) {
    actor.registers[has_signalled] = 0;
    if (refs >> 3 == 0) to(actor);
  });
  code.add(lock(internal));
  code.load(at(wseq), [](long& word, World&, Actor& actor) {
    actor.registers[g1] = (word & 1) ^ 1;
    actor.registers[sequence] = word >> 1;
  });
  code.load(of_g1(g_size), [to = code.go(give)](long& size, World&, Actor& actor) {
    if (size != 0) to(actor);
  });
  switch_groups(code);
  code.place(give);
  code.rmw(of_g1(g_signals), [](long& word, World&, Actor& actor) {
    word += 2;
    actor.registers[has_signalled] = 1;
  });
  code.store(of_g1(g_size), [](long& size, World&, Actor&) { --size; });
  code.place(release);
  code.add(then(unlock(internal), [to = code.go(stop)](World&, Actor& actor) {
    if (!actor.registers[has_signalled]) to(actor);
  }));
  code.futex_wake(of_g1(g_signals), 1);
  code.place(stop);
}

Steps signaller(long tokens, bool is_inside) {
  Code code;
  code.place(again);
  code.add(lock(mutex));
  code.rmw(at(count), [](long& value, World&, Actor&) { ++value; });
  if (!is_inside) code.add(unlock(mutex));
  signal(code);
  if (is_inside) code.add(unlock(mutex));
  code.add(
      {EventKind::call, no_object, false, {}, [to = code.go(again), tokens](World&, Actor& actor, TaskId) {
         if (++actor.registers[turns] < tokens) to(actor);
       }});
  return code.take();
}

}  // namespace

Program condition_variable(const std::vector<long>& waiters, const std::vector<long>& signallers,
                           bool is_signalled_inside) {
  Program program{"condition variable", variables, locks, {{}}, {}};
  for (const long tokens : waiters) program.tasks.push_back(waiter(tokens));
  for (const long tokens : signallers) program.tasks.push_back(signaller(tokens, is_signalled_inside));
  for (TaskId task = 1; task < program.tasks.size(); ++task) program.tasks[0].push_back(spawn(task));
  return program;
}

}  // namespace squall::tests
