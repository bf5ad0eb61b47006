// The fast checkers against the brute-force oracle, on small random histories: simulated ones, which are
// valid, and mutations of them (swapped, dropped, doubled, shifted), of which about half are not.
#include "tests/checkers/brute_force.h"

#include "checkers/operations.h"
#include "checkers/witness.h"
#include "tests/checkers/history_builder.h"

#include <deque>
#include <map>
#include <random>

namespace squall::tests {
namespace {

using Operations = std::vector<Operation>;

constexpr std::uint64_t first_seed = 20'260'101;
constexpr std::uint64_t histories = 20'000;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 engine_;
};

// Models.

/// The highest priority first, and the first in first out within one. With one priority: a FIFO queue.
struct Queue {
  using State = std::map<int, std::deque<std::uint64_t>>;  // by negated priority
  State initial() const { return {}; }

  static bool take(State& state, const Operation& operation) {
    const auto highest = state.begin();
    if (operation.status == Status::ok && highest->second.front() != operation.value) return false;
    highest->second.pop_front();
    if (highest->second.empty()) state.erase(highest);
    return true;
  }

  bool step(State& state, const Operation& operation) const {
    if (operation.call == Call::send) {
      if (operation.status == Status::fail) return true;
      state[-static_cast<int>(operation.priority)].push_back(operation.value);
      return true;
    }
    if (operation.status == Status::fail) return state.empty();
    return !state.empty() && take(state, operation);
  }
};

struct Register {
  using State = std::uint64_t;
  State initial() const { return 0; }
  bool step(State& state, const Operation& operation) const {
    if (operation.call == Call::write) state = operation.value;
    return state == operation.value;
  }
};

/// Counts only, and knows nothing of emptiness: what back-pressure is about.
struct Bounded {
  using State = std::int64_t;
  std::int64_t capacity;
  State initial() const { return 0; }
  bool step(State& state, const Operation& operation) const {
    if (operation.status == Status::fail) return state == capacity;
    state += operation.call == Call::send ? 1 : -1;
    return state <= capacity;
  }
};

// Histories.

/// Gives operations that take effect one after the other windows that overlap; many times are equal.
class Simulation {
 public:
  explicit Simulation(Dice& dice) : dice_(dice), width_(1 + dice.below(30)) {}

  Operation& happens(Call call, std::uint64_t value) {
    Operation operation;
    operation.call = call;
    operation.value = value;
    operation.status = Status::ok;
    operation.process = static_cast<std::uint16_t>(operations.size());
    now_ += 5;
    operation.invoke_ns = now_ - std::min<std::uint64_t>(dice_.below(width_), now_);
    operation.return_ns = now_ + dice_.below(width_);
    operations.push_back(operation);
    return operations.back();
  }

  static void leave_pending(Operation& operation) {
    operation.status = Status::pending;
    operation.return_ns = 0;
    if (operation.call == Call::receive) operation.value = 0;
  }

  Operations operations;

 private:
  Dice& dice_;
  std::uint64_t width_;
  std::uint64_t now_ = 100;
};

std::uint64_t message(std::uint32_t sequence) { return Tag{0, sequence, 64}.pack(); }

Operations simulate_queue(Dice& dice, unsigned priorities) {
  Simulation simulation(dice);
  Queue::State state;
  const Queue queue;
  const std::uint64_t count = 5 + dice.below(4);
  const bool killed = dice.one_in(3);
  for (std::uint32_t i = 1; i <= count; ++i) {
    const bool cut_short = killed && dice.one_in(4);
    if (dice.one_in(2)) {
      Operation& send = simulation.happens(Call::send, message(i));
      send.priority = static_cast<std::uint16_t>(dice.below(priorities));
      if (!cut_short || dice.one_in(2)) queue.step(state, send);
      if (cut_short) Simulation::leave_pending(send);
    } else {
      Operation& receive = simulation.happens(Call::receive, 0);
      if (cut_short) Simulation::leave_pending(receive);
      if (state.empty()) {
        if (!cut_short) receive.status = Status::fail, receive.error = EAGAIN;
        continue;
      }
      if (cut_short && dice.one_in(2)) continue;
      if (!cut_short) {
        receive.priority = static_cast<std::uint16_t>(-state.begin()->first);
        receive.value = state.begin()->second.front();
      }
      Queue::take(state, receive);
    }
  }
  return simulation.operations;
}

Operations simulate_register(Dice& dice) {
  Simulation simulation(dice);
  std::uint64_t state = 0;
  const std::uint64_t count = 5 + dice.below(4);
  for (std::uint64_t i = 1; i <= count; ++i) {
    if (dice.one_in(2)) {
      Operation& write = simulation.happens(Call::write, i);
      const bool cut_short = dice.one_in(5);
      if (!cut_short || dice.one_in(2)) state = i;
      if (cut_short) Simulation::leave_pending(write);
    } else {
      simulation.happens(Call::read, state);
    }
  }
  return simulation.operations;
}

Operations simulate_bounded(Dice& dice, std::int64_t capacity) {
  Simulation simulation(dice);
  std::int64_t inside = 0;
  const std::uint64_t count = 5 + dice.below(4);
  for (std::uint32_t i = 1; i <= count; ++i) {
    const bool cut_short = dice.one_in(6);
    if (!dice.one_in(3) || inside == 0) {
      Operation& send = simulation.happens(Call::send, message(i));
      if (inside == capacity && !cut_short) {
        send.status = Status::fail, send.error = EAGAIN;
        continue;
      }
      if (!cut_short) ++inside;
      if (cut_short) Simulation::leave_pending(send);
    } else {
      Operation& receive = simulation.happens(Call::receive, message(i + 100));
      if (!cut_short || dice.one_in(2)) --inside;
      if (cut_short) Simulation::leave_pending(receive);
    }
  }
  return simulation.operations;
}

std::vector<Operation*> that_return_values(Operations& operations) {
  std::vector<Operation*> found;
  for (Operation& operation : operations)
    if ((operation.call == Call::receive || operation.call == Call::read) && operation.status == Status::ok)
      found.push_back(&operation);
  return found;
}

void swap_results(Dice& dice, Operations& operations) {
  const auto results = that_return_values(operations);
  if (results.size() < 2) return;
  Operation& one = *results[dice.below(results.size())];
  Operation& other = *results[dice.below(results.size())];
  std::swap(one.value, other.value);
  std::swap(one.priority, other.priority);
}

void double_result(Dice& dice, Operations& operations) {
  const auto results = that_return_values(operations);
  if (results.size() < 2) return;
  Operation& one = *results[dice.below(results.size())];
  const Operation& other = *results[dice.below(results.size())];
  one.value = other.value;
  one.priority = other.priority;
}

void drop(Dice& dice, Operations& operations) {
  operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(dice.below(operations.size())));
}

void shift(Dice& dice, Operations& operations) {
  Operation& operation = operations[dice.below(operations.size())];
  const std::uint64_t by = dice.below(60);
  const std::uint64_t back = dice.one_in(2) ? std::min<std::uint64_t>(2 * by, operation.invoke_ns) : 0;
  operation.invoke_ns += by - back;
  if (operation.return_ns != 0) operation.return_ns += by - back;
}

void refuse(Dice& dice, Operations& operations) {
  Operation& operation = operations[dice.below(operations.size())];
  if (operation.call == Call::read || operation.call == Call::write || operation.status != Status::ok) return;
  operation.status = Status::fail;
  operation.error = EAGAIN;
  if (operation.call == Call::receive) operation.value = 0;
}

Operations mutate(Dice& dice, Operations operations) {
  using Mutation = void (*)(Dice&, Operations&);
  constexpr std::array<Mutation, 5> mutations = {swap_results, double_result, drop, shift, refuse};
  for (std::uint64_t count = dice.below(3); count > 0 && !operations.empty(); --count)
    mutations[dice.below(mutations.size())](dice, operations);
  history::sort_by_invocation(operations);
  return operations;
}

Evidence evidence_of(const Operations& operations, std::size_t capacity = 0) {
  HistoryBuilder builder;
  for (unsigned i = 0; i < 16; ++i) builder.process("process", i);
  builder.channel("work", {Capability::payload, Capability::fifo, Capability::priority, Capability::bounded,
                           Capability::memory});
  builder.raw().channels[0].capacity = capacity;
  builder.raw().operations = operations;
  builder.raw().start_ns = 0;
  return builder.evidence();
}

std::string in_words(const Operations& operations) {
  std::string text;
  for (const Operation& operation : operations)
    text += std::string(name_of(operation.call)) + " " + std::string(name_of(operation.status)) + " value " +
            std::to_string(operation.value >> 24) + " priority " + std::to_string(operation.priority) + " [" +
            std::to_string(operation.invoke_ns) + ", " + std::to_string(operation.return_ns) + "]\n";
  return text;
}

bool any_of(const Operations& operations, Call call, bool (*condition)(const Operation&)) {
  return std::any_of(operations.begin(), operations.end(), [=](const Operation& operation) {
    return operation.call == call && condition(operation);
  });
}

/// How often both said no, so that a test that never sees a bad history is seen.
struct Tally {
  std::uint64_t bad = 0;
  std::uint64_t missed = 0;

  void compare(bool fast_says_valid, bool oracle_says_valid, bool exact) {
    if (!oracle_says_valid) ++bad;
    if (!fast_says_valid) CHECK(!oracle_says_valid);  // never a false alarm
    if (fast_says_valid && !oracle_says_valid) ++missed;
    if (exact && fast_says_valid) CHECK(oracle_says_valid);
  }
};

bool fast_valid(std::string_view property, const Evidence& evidence) {
  std::vector<std::string> unknown;
  return checkers::find_checker(property)->check(evidence, unknown).empty();
}

TEST_CASE("fifo agrees with brute force") {
  Tally tally;
  for (std::uint64_t seed = first_seed; seed < first_seed + histories; ++seed) {
    Dice dice(seed);
    const Operations operations = mutate(dice, simulate_queue(dice, 1));
    INFO("seed " << seed << "\n" << in_words(operations));
    tally.compare(fast_valid("fifo", evidence_of(operations)), linearizable(Queue{}, operations), true);
  }
  CHECK(tally.bad > histories / 10);
  CHECK(tally.missed < histories / 100);
}

TEST_CASE("priority-order agrees with brute force") {
  Tally tally;
  for (std::uint64_t seed = first_seed; seed < first_seed + histories; ++seed) {
    Dice dice(seed);
    const Operations operations = mutate(dice, simulate_queue(dice, 3));
    INFO("seed " << seed << "\n" << in_words(operations));
    tally.compare(fast_valid("priority-order", evidence_of(operations)), linearizable(Queue{}, operations),
                  !any_of(operations, Call::receive, checkers::undecided));
  }
  CHECK(tally.bad > histories / 10);
  CHECK(tally.missed < histories / 50);
}

TEST_CASE("linearizable-register agrees with brute force") {
  Tally tally;
  for (std::uint64_t seed = first_seed; seed < first_seed + histories; ++seed) {
    Dice dice(seed);
    const Operations operations = mutate(dice, simulate_register(dice));
    INFO("seed " << seed << "\n" << in_words(operations));
    tally.compare(fast_valid("linearizable-register", evidence_of(operations)),
                  linearizable(Register{}, operations), true);
  }
  CHECK(tally.bad > histories / 10);
}

TEST_CASE("back-pressure never contradicts brute force, and misses little") {
  Tally tally;
  for (std::uint64_t seed = first_seed; seed < first_seed + histories; ++seed) {
    Dice dice(seed);
    const std::int64_t capacity = 1 + static_cast<std::int64_t>(dice.below(3));
    const Operations operations = mutate(dice, simulate_bounded(dice, capacity));
    INFO("seed " << seed << " capacity " << capacity << "\n" << in_words(operations));
    tally.compare(fast_valid("back-pressure", evidence_of(operations, static_cast<std::size_t>(capacity))),
                  linearizable(Bounded{capacity}, operations), false);
  }
  CHECK(tally.bad > histories / 10);
  CHECK(tally.missed < tally.bad / 10);
}

}  // namespace
}  // namespace squall::tests
