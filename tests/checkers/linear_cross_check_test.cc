// The fast linearizability checkers against brute force, on small random histories: simulated ones, which are
// valid, and mutations of them. Every violation's witness, cut out and judged alone, is a violation still.
//
// SQUALL_FULL=1: 200,000 histories a checker, and 10,000 more in which much is pending.
#include "checkers/linear/checkers.h"
#include "tests/catch.h"
#include "tests/checkers/linear_history.h"

#include <cstdlib>
#include <deque>
#include <functional>
#include <map>

namespace squall::tests {
namespace {

using linear::History;
using linear::Operation;
using linear::Result;

constexpr std::uint64_t first_seed = 20'261'101;

struct Counts {
  std::uint64_t histories;
  std::uint64_t pending;
};

Counts counts() {
  const char* full = std::getenv("SQUALL_FULL");
  if (full != nullptr && std::string(full) == "1") return {200'000, 10'000};
  return {2'500, 500};
}

struct Tally {
  std::uint64_t valid = 0, invalid = 0, unknown = 0;
  std::size_t longest_witness = 0;
};

/// Deaths ride along in histories as `remove` by the process that died, for the oracle's sake.
bool is_death(const Operation& operation) { return operation.function == Function::remove; }

/// What is known of deaths is kept.
LinearHistory cut_out(const LinearHistory& history, const std::vector<std::uint32_t>& indices) {
  LinearHistory part;
  for (std::uint32_t index : indices) part.push_back(history.at(index));
  std::copy_if(history.begin(), history.end(), std::back_inserter(part), is_death);
  return part;
}

/// One kind of history, its checker and its oracle. `much`: of killed processes.
struct Subject {
  std::function<LinearHistory(Dice&, bool much)> simulate;
  std::function<Result(History)> fast;
  std::function<bool(History)> oracle;
  std::function<void(LinearHistory&)> mend = [](LinearHistory&) {};  ///< what no mutation may leave behind
};

void compare(const Subject& subject, const LinearHistory& history, Tally& tally) {
  const Result result = subject.fast(history);
  INFO(in_words(history) << "said: " << result.why);
  if (result.unknown()) {
    ++tally.unknown;
    return;
  }
  const bool expected = subject.oracle(history);
  if (result.valid() != expected) {
    CHECK(result.valid() == expected);
    return;
  }
  ++(expected ? tally.valid : tally.invalid);
  if (expected) return;
  const LinearHistory witness = cut_out(history, result.witness);
  tally.longest_witness = std::max(tally.longest_witness, witness.size());
  INFO("witness:\n" << in_words(witness));
  if (!subject.fast(witness).invalid()) CHECK(subject.fast(witness).invalid());
  if (subject.oracle(witness)) CHECK_FALSE(subject.oracle(witness));
}

Tally cross_check(const Subject& subject) {
  Tally tally;
  const Counts count = counts();
  for (std::uint64_t i = 0; i < count.histories + count.pending; ++i) {
    Dice dice(first_seed + i);
    LinearHistory history = subject.simulate(dice, i >= count.histories);
    mutate(dice, history);
    subject.mend(history);
    INFO("seed " << first_seed + i);
    compare(subject, history, tally);
  }
  CAPTURE(tally.valid, tally.invalid, tally.unknown, tally.longest_witness);
  CHECK(tally.invalid > count.histories / 10);
  CHECK(tally.valid > count.histories / 10);
  if (const char* talk = std::getenv("SQUALL_TALK"); talk != nullptr)
    WARN("valid " << tally.valid << ", invalid " << tally.invalid << ", unknown " << tally.unknown
                  << ", longest witness " << tally.longest_witness);
  return tally;
}

template <class Model>
std::function<bool(History)> oracle(Model model) {
  return [model](History history) { return linearizable(model, history); };
}

// Queues.

/// The highest priority first, and the first in first out within one. With one priority: a FIFO queue.
struct Queue {
  using State = std::map<std::int64_t, std::deque<std::int64_t>>;  // by negated priority
  State initial() const { return {}; }
  bool may_end(const State&) const { return true; }

  bool step(State& state, const Operation& operation) const {
    if (operation.function == Function::enqueue) {
      if (operation.result != 0)
        state[operation.other == nothing ? 0 : -operation.other].push_back(operation.value);
      return true;
    }
    if (state.empty()) return operation.pending() || operation.result == nothing;
    const auto highest = state.begin();
    if (!operation.pending() && highest->second.front() != operation.result) return false;
    if (!operation.pending() && operation.other != nothing && operation.other != -highest->first)
      return false;
    highest->second.pop_front();
    if (highest->second.empty()) state.erase(highest);
    return true;
  }
};

/// What a killed process was about to do either happened or not.
void cut_short(Operation& operation) {
  operation.ret = linear::never;
  operation.result = nothing;
  if (operation.function == Function::dequeue) operation.other = nothing;
}

LinearHistory simulate_queue(Dice& dice, bool much, unsigned priorities) {
  Simulation simulation(dice);
  Queue::State state;
  const Queue queue;
  const std::uint64_t count = 4 + dice.below(5);
  const std::uint64_t rarity = much ? 3 : dice.one_in(2) ? 6 : 1'000;
  for (std::int64_t i = 1; i <= static_cast<std::int64_t>(count); ++i) {
    const bool killed = dice.one_in(rarity);
    const bool happens = !killed || dice.one_in(2);
    if (dice.one_in(2)) {
      Operation& put = simulation.happens(Function::enqueue);
      put.value = i;
      if (priorities > 1) put.other = static_cast<std::int64_t>(dice.below(priorities));
      if (happens) queue.step(state, put);
      if (killed) cut_short(put);
    } else {
      Operation& take = simulation.happens(Function::dequeue);
      if (!happens) {
        cut_short(take);
        continue;
      }
      if (!state.empty()) take.result = state.begin()->second.front();
      if (!state.empty() && priorities > 1) take.other = -state.begin()->first;
      queue.step(state, take);
      if (killed) cut_short(take);
    }
  }
  return simulation.history;
}

TEST_CASE("linear: the FIFO checker agrees with brute force") {
  const Tally tally = cross_check({[](Dice& dice, bool much) { return simulate_queue(dice, much, 1); },
                                   linear::check_fifo, oracle(Queue{})});
  CHECK(tally.unknown == 0);
}

TEST_CASE("linear: the priority checker agrees with brute force") {
  const Tally tally = cross_check({[](Dice& dice, bool much) { return simulate_queue(dice, much, 3); },
                                   linear::check_priority, oracle(Queue{})});
  CHECK(tally.unknown < (tally.valid + tally.invalid) / 50);
}

/// System V: `other` of a dequeue is what it asks for.
struct Typed {
  using State = std::vector<std::pair<std::int64_t, std::int64_t>>;  // type and value, in order
  State initial() const { return {}; }
  bool may_end(const State&) const { return true; }

  static State::iterator wanted(State& state, std::int64_t wish) {
    if (wish > 0)
      return std::find_if(state.begin(), state.end(), [&](auto& each) { return each.first == wish; });
    auto best = state.end();
    for (auto each = state.begin(); each != state.end(); ++each)
      if (wish == 0 ? best == state.end()
                    : each->first <= -wish && (best == state.end() || each->first < best->first))
        best = each;
    return best;
  }

  bool step(State& state, const Operation& operation) const {
    if (operation.function == Function::enqueue) {
      if (operation.result != 0) state.emplace_back(operation.other, operation.value);
      return true;
    }
    const auto found = wanted(state, operation.other);
    if (found == state.end()) return operation.pending() || operation.result == nothing;
    if (!operation.pending() && found->second != operation.result) return false;
    state.erase(found);
    return true;
  }
};

LinearHistory simulate_typed(Dice& dice, bool much) {
  Simulation simulation(dice);
  Typed::State state;
  const Typed model;
  const std::uint64_t style = dice.below(5), rarity = much ? 3 : dice.one_in(2) ? 6 : 1'000;
  const auto count = static_cast<std::int64_t>(4 + dice.below(5));
  for (std::int64_t i = 1; i <= count; ++i) {
    const bool killed = dice.one_in(rarity), happens = !killed || dice.one_in(2);
    Operation& operation = simulation.happens(dice.one_in(2) ? Function::enqueue : Function::dequeue);
    operation.other = 1 + static_cast<std::int64_t>(dice.below(3));
    if (operation.function == Function::enqueue) {
      operation.value = i;
    } else {
      if (style == 0 || (style == 4 && dice.one_in(3))) operation.other = 0;
      if (style == 1 || (style >= 3 && dice.one_in(2))) operation.other = -operation.other;
      const auto found = Typed::wanted(state, operation.other);
      if (found != state.end()) operation.result = found->second;
    }
    if (happens) model.step(state, operation);
    if (killed) operation.ret = linear::never, operation.result = nothing;
  }
  return simulation.history;
}

TEST_CASE("linear: the checker of System V types agrees with brute force") {
  const Tally tally = cross_check({simulate_typed, linear::check_by_type, oracle(Typed{})});
  CHECK(tally.unknown < (tally.valid + tally.invalid) / 5);
}

/// No order; somebody read to the end, so nothing is left that a killed receiver cannot have taken.
struct Bag {
  using State = std::multiset<std::int64_t>;
  std::size_t swallowers = 0;
  State initial() const { return {}; }
  bool may_end(const State& state) const { return state.size() <= swallowers; }
  bool step(State& state, const Operation& operation) const {
    if (operation.function == Function::enqueue && operation.result != 0) state.insert(operation.value);
    if (operation.function == Function::enqueue || operation.pending() || operation.result == nothing)
      return true;
    const auto found = state.find(operation.result);
    if (found != state.end()) state.erase(found);
    return found != state.end() || operation.result == nothing;
  }
};

LinearHistory simulate_bag(Dice& dice, bool much) {
  LinearHistory history = simulate_queue(dice, much, 1 + static_cast<unsigned>(dice.below(2)));
  if (dice.one_in(3))
    for (Operation& operation : history) {
      if (operation.value != nothing) operation.value = (operation.value + 1) / 2;
      if (operation.result != nothing) operation.result = (operation.result + 1) / 2;
    }
  return history;
}

TEST_CASE("linear: the accounting agrees with brute force") {
  const Tally tally =
      cross_check({simulate_bag, [](History history) { return linear::check_delivery(history); },
                   [](History history) {
                     Bag bag;
                     for (const Operation& operation : history)
                       bag.swallowers += operation.function == Function::dequeue && operation.pending();
                     return linearizable(bag, history);
                   }});
  CHECK(tally.unknown == 0);
}

/// Counts only.
struct Bounded {
  using State = std::int64_t;
  std::int64_t capacity;
  State initial() const { return 0; }
  bool may_end(State) const { return true; }
  bool step(State& inside, const Operation& operation) const {
    if (operation.function == Function::enqueue && operation.result == 0) return inside == capacity;
    if (operation.function == Function::enqueue) return ++inside <= capacity;
    if (operation.pending()) return inside == 0 || --inside >= 0;
    return operation.result == nothing || --inside >= 0;
  }
};

constexpr std::int64_t capacity = 2;

LinearHistory simulate_bounded(Dice& dice, bool much) {
  Simulation simulation(dice);
  std::int64_t inside = 0;
  const auto count = static_cast<std::int64_t>(4 + dice.below(5));
  for (std::int64_t i = 1; i <= count; ++i) {
    const bool killed = dice.one_in(much ? 3 : 8), happens = !killed || dice.one_in(2);
    Operation& operation =
        simulation.happens(inside == 0 || !dice.one_in(3) ? Function::enqueue : Function::dequeue);
    operation.value = operation.function == Function::enqueue ? i : nothing;
    if (operation.function == Function::dequeue) {
      operation.result = i;
      if (happens) --inside;
    } else if (inside == capacity) {
      operation.result = 0;
    } else if (happens) {
      ++inside;
    }
    if (killed) cut_short(operation);
  }
  return simulation.history;
}

TEST_CASE("linear: the checker of bounded channels never contradicts brute force") {
  const Tally tally = cross_check({simulate_bounded,
                                   [](History history) { return linear::check_capacity(history, capacity); },
                                   oracle(Bounded{capacity})});
  CHECK(tally.unknown < (tally.valid + tally.invalid) / 20);
}

// Words and counters.

struct Register {
  using State = std::map<std::uint16_t, std::int64_t>;
  State initial() const { return {}; }
  bool may_end(const State&) const { return true; }
  bool step(State& state, const Operation& operation) const {
    if (operation.function == Function::write)
      state[operation.key] = operation.value;
    else if (!operation.pending())
      return operation.result == (state.count(operation.key) == 0 ? nothing : state[operation.key]);
    return true;
  }
};

LinearHistory simulate_register(Dice& dice, bool much) {
  Simulation simulation(dice);
  Register::State state;
  const Register model;
  const std::uint16_t keys = dice.one_in(4) ? 2 : 1;
  const auto count = static_cast<std::int64_t>(4 + dice.below(5));
  for (std::int64_t i = 1; i <= count; ++i) {
    const bool killed = dice.one_in(much ? 3 : 8);
    Operation& operation = simulation.happens(dice.one_in(2) ? Function::write : Function::read);
    operation.key = static_cast<std::uint16_t>(dice.below(keys));
    if (operation.function == Function::write)
      operation.value = i;
    else
      operation.result = state.count(operation.key) == 0 ? nothing : state[operation.key];
    if (!killed || dice.one_in(2)) model.step(state, operation);
    if (killed) cut_short(operation);
  }
  return simulation.history;
}

TEST_CASE("linear: the register checker agrees with brute force") {
  const Tally tally =
      cross_check({simulate_register, [](History history) { return linear::check_register(history); },
                   oracle(Register{})});
  CHECK(tally.unknown == 0);
}

struct Counter {
  using State = std::int64_t;
  State initial() const { return 0; }
  bool may_end(State) const { return true; }
  bool step(State& state, const Operation& operation) const {
    if (!operation.pending() && operation.result != nothing && operation.result != state) return false;
    if (operation.function == Function::add) state += operation.value;
    return true;
  }
};

LinearHistory simulate_counter(Dice& dice, bool much) {
  Simulation simulation(dice);
  std::int64_t state = 0;
  const std::uint64_t count = 4 + dice.below(5), tellers = dice.below(4);
  for (std::uint64_t i = 0; i < count; ++i) {
    const bool killed = dice.one_in(much ? 3 : 8);
    Operation& operation = simulation.happens(dice.one_in(2) ? Function::add : Function::read);
    if (operation.function == Function::add) operation.value = 1;
    if (operation.function == Function::read || dice.below(4) < tellers) operation.result = state;
    if (operation.function == Function::add && (!killed || dice.one_in(2))) ++state;
    if (killed) cut_short(operation);
  }
  return simulation.history;
}

TEST_CASE("linear: the counter checker agrees with brute force") {
  const Tally tally = cross_check(
      {simulate_counter, [](History history) { return linear::check_counter(history); }, oracle(Counter{})});
  CHECK(tally.unknown == 0);
}

struct Ids {
  using State = std::int64_t;
  State initial() const { return -1'000; }
  bool may_end(State) const { return true; }
  bool step(State& last, const Operation& operation) const {
    if (operation.pending() || operation.result == nothing) return true;
    const bool higher = operation.result > last;
    last = operation.result;
    return higher;
  }
};

LinearHistory simulate_ids(Dice& dice, bool much) {
  Simulation simulation(dice);
  const auto count = static_cast<std::int64_t>(4 + dice.below(5));
  for (std::int64_t id = 0; id < count; ++id) {
    Operation& operation = simulation.happens(Function::add);
    operation.value = 1;
    operation.result = id;
    if (dice.one_in(much ? 3 : 8)) cut_short(operation);
  }
  return simulation.history;
}

TEST_CASE("linear: the checker of unique ids agrees with brute force") {
  const Tally tally = cross_check({simulate_ids, linear::check_unique_ids, oracle(Ids{})});
  CHECK(tally.unknown == 0);
}

// Locks.

struct Mutex {
  using State = std::int64_t;  // the owner
  static constexpr bool sequential = true;
  State initial() const { return -1; }
  bool may_end(State) const { return true; }
  bool step(State& owner, const Operation& operation) const {
    const bool acquire = operation.function == Function::acquire;
    if (owner != (acquire ? -1 : State{operation.process})) return false;
    owner = acquire ? State{operation.process} : -1;
    return true;
  }
};

LinearHistory simulate_mutex(Dice& dice, bool much) {
  Simulation simulation(dice);
  std::vector<bool> dead(4, false);
  std::int64_t owner = -1;
  const std::uint64_t count = 4 + dice.below(5);
  for (std::uint64_t i = 0; i < count; ++i) {
    const bool release = owner >= 0;
    const auto process =
        release ? static_cast<std::uint32_t>(owner) : static_cast<std::uint32_t>(dice.below(4));
    if (dead[process]) continue;
    Operation& operation = simulation.happens(release ? Function::release : Function::acquire, process);
    const bool killed = dice.one_in(much ? 3 : 8);
    if (!killed || dice.one_in(2)) owner = release ? -1 : std::int64_t{process};
    if (killed) cut_short(operation), dead[process] = true;
    if (owner >= 0 && dead[static_cast<std::size_t>(owner)]) break;
  }
  return simulation.history;
}

TEST_CASE("linear: the mutex checker agrees with brute force") {
  const Tally tally = cross_check({simulate_mutex, linear::check_mutex, oracle(Mutex{})});
  CHECK(tally.unknown < tally.valid);
}

struct RobustMutex {
  enum Condition { free, held, held_inconsistent, owner_died, unrecoverable };
  struct State {
    std::int64_t owner = -1;
    Condition condition = free;
    std::set<std::uint32_t> dead;
    auto operator<=>(const State&) const = default;
  };
  static constexpr bool sequential = true;
  State initial() const { return {}; }
  bool may_end(const State&) const { return true; }

  bool step(State& state, const Operation& operation) const {
    if (state.dead.count(operation.process) > 0) return false;
    if (is_death(operation)) return die(state, operation.process);
    return operation.function == Function::acquire ? acquire(state, operation) : release(state, operation);
  }

  static bool die(State& state, std::uint32_t process) {
    state.dead.insert(process);
    if (state.owner != std::int64_t{process}) return true;
    state.owner = -1;
    state.condition = owner_died;
    return true;
  }

  static bool acquire(State& state, const Operation& operation) {
    if (operation.result == 2) return state.condition == unrecoverable;
    if (state.condition != free && state.condition != owner_died) return false;
    if (!operation.pending() && (state.condition == owner_died) != (operation.result == 1)) return false;
    state.owner = operation.process;
    state.condition = state.condition == free ? held : held_inconsistent;
    return true;
  }

  static bool release(State& state, const Operation& operation) {
    if (state.owner != std::int64_t{operation.process}) return false;
    state.owner = -1;
    state.condition = state.condition == held || operation.result == 1 ? free : unrecoverable;
    return true;
  }
};

LinearHistory simulate_robust_mutex(Dice& dice, bool much) {
  Simulation simulation(dice);
  RobustMutex::State state;
  const RobustMutex model;
  const std::uint64_t count = 4 + dice.below(4), rarity = much ? 3 : 5;
  const auto die = [&](std::uint32_t process) {
    Operation& death = simulation.happens(Function::remove, process);
    model.step(state, death);
    if (dice.one_in(3)) death.ret = linear::never;
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    const bool release = state.owner >= 0;
    const auto process =
        release ? static_cast<std::uint32_t>(state.owner) : static_cast<std::uint32_t>(dice.below(5));
    if (state.dead.count(process) > 0) continue;
    if (release && dice.one_in(rarity)) {
      die(process);
      continue;
    }
    Operation& operation = simulation.happens(release ? Function::release : Function::acquire, process);
    if (release && !dice.one_in(8)) operation.result = 1;
    if (!release && state.condition == RobustMutex::owner_died) operation.result = 1;
    if (!release && state.condition == RobustMutex::unrecoverable) operation.result = 2;
    const bool killed = dice.one_in(rarity);
    if (!killed || dice.one_in(2)) model.step(state, operation);
    if (!killed) continue;
    cut_short(operation);
    die(process);
  }
  return simulation.history;
}

/// Nobody does anything after death.
void die_last(LinearHistory& history) {
  std::stable_partition(history.begin(), history.end(),
                        [](const Operation& deed) { return !is_death(deed); });
  for (Operation& death : history) {
    if (!is_death(death)) continue;
    for (const Operation& deed : history)
      if (deed.process == death.process && !is_death(deed))
        death.invoke = std::max(death.invoke, deed.pending() ? deed.invoke : deed.ret);
    death.ret = std::max(death.ret, death.invoke);
  }
}

Result judge_robust_mutex(History history) {
  LinearHistory operations;
  std::vector<std::uint32_t> indices;
  std::vector<linear::Death> deaths;
  for (std::uint32_t i = 0; i < history.size(); ++i) {
    if (is_death(history[i]))
      deaths.push_back({history[i].process, history[i].invoke, history[i].ret});
    else
      operations.push_back(history[i]), indices.push_back(i);
  }
  Result result = linear::check_robust_mutex(operations, deaths);
  for (std::uint32_t& index : result.witness) index = indices[index];
  return result;
}

/// Whether a process that was killed in a release had made the mutex consistent is not known: either.
bool robust_mutex_oracle(History history) {
  LinearHistory guess(history.begin(), history.end());
  for (std::uint32_t choices = 0; choices < 1u << guess.size(); ++choices) {
    bool sensible = true;
    for (std::size_t i = 0; i < guess.size(); ++i) {
      const bool open = guess[i].function == Function::release && guess[i].pending();
      if (open) guess[i].result = choices >> i & 1;
      if (!open && (choices >> i & 1) != 0) sensible = false;
    }
    if (sensible && linearizable(RobustMutex{}, guess)) return true;
  }
  return false;
}

TEST_CASE("linear: the checker of robust mutexes agrees with brute force") {
  const Tally tally = cross_check({simulate_robust_mutex, judge_robust_mutex, robust_mutex_oracle, die_last});
  CHECK(tally.unknown < tally.valid);
}

}  // namespace
}  // namespace squall::tests
