// The search against every order, and the fast checkers against the search, on random histories.
#include "checkers/models/models.h"
#include "tests/catch.h"
#include "tests/checkers/search/every_order.h"
#include "tests/checkers/search/random_history.h"

using namespace squall;
using namespace squall::tests;
using linear::Function;
using linear::nothing;

namespace {

constexpr std::size_t most_operations = 8;

struct Subjected {
  std::string name;
  const models::Model* model;
  Shape shape;
  std::int64_t parameter = 0;
};

std::vector<Subjected> all_models() {
  const std::vector<std::int64_t> values = {nothing, 1, 2, 3, 4, 5, 6, 7, 8, 0};
  const std::vector<Function> passage = {Function::enqueue, Function::dequeue};
  const std::vector<Function> holding = {Function::acquire, Function::release};
  std::vector<Subjected> all = {
      {"register",
       &models::register_model,
       {{Function::read, Function::write}, 3, false, 0, true, 2, 0, values}},
      {"cas-register",
       &models::cas_register,
       {{Function::read, Function::write, Function::cas}, 3, false, 3, true, 1, 0, {nothing, 1, 2, 3, 0}}},
      {"counter",
       &models::counter,
       {{Function::read, Function::add}, 2, false, 0, true, 1, 0, {nothing, 0, 1, 2, 3, 4, 5, 6}}},
      {"set",
       &models::set,
       {{Function::insert, Function::remove, Function::contains}, 2, false, 0, true, 1, 0, {0, 1, nothing}}},
      {"queue", &models::queue, {passage, 2, false, 0, true, 1, 0, values}},
      {"bounded queue", &models::queue, {passage, 2, false, 0, true, 1, 0, values}, 2},
      {"priority-queue", &models::priority_queue, {passage, 2, false, 2, false, 1, 0, values}},
      {"by-type", &models::by_type, {passage, 2, false, 2, true, 1, 0, values}},
      {"stack", &models::stack, {passage, 2, false, 0, true, 1, 0, values}},
      {"mutex", &models::mutex, {holding, 1, false, 0, true, 2, 0, {nothing}}},
      {"semaphore", &models::semaphore, {holding, 1, false, 0, true, 1, 0, {nothing}}, 2},
      {"robust-mutex", &models::robust_mutex, {holding, 1, false, 0, true, 1, 0, {nothing, 1, 2, 0}}},
  };
  return all;
}

/// Operations of a history that never returned may be those of the dead.
std::vector<linear::Death> random_deaths(linear::History history, std::uint64_t seed) {
  std::vector<linear::Death> deaths;
  for (const linear::Operation& operation : history)
    if (operation.pending() || (seed >> operation.process % 60 & 1) != 0)
      deaths.push_back({operation.process, operation.invoke, linear::never});
  return deaths;
}

struct Count {
  std::size_t valid = 0, invalid = 0;
};

void compare(const Subjected& subject, std::uint64_t seed, Count& count) {
  models::Context context;
  context.parameter = subject.parameter;
  RandomHistory random(*subject.model, context, subject.shape, seed);
  const auto history = random.draw(most_operations);
  const auto deaths = random_deaths(history, seed);
  context.deaths = deaths;
  const bool expected = fits_some_order(*subject.model, context, history);
  const linear::Result found = search::search(*subject.model, context, history);
  ++(expected ? count.valid : count.invalid);
  if (found.valid() == expected && found.invalid() != expected) {
    if (expected) return;
    std::vector<linear::Operation> cut;
    for (const std::uint32_t index : found.witness) cut.push_back(history.at(index));
    if (!fits_some_order(*subject.model, context, cut)) return;
    FAIL_CHECK(subject.name << ", seed " << seed << ": the witness alone is no violation\n" << shown(cut));
  }
  FAIL(subject.name << ", seed " << seed << ": expected " << (expected ? "valid" : "invalid") << "\n"
                    << shown(history));
}

}  // namespace

TEST_CASE("the search agrees with every order, and its witnesses are violations by themselves") {
  for (Subjected subject : all_models()) {
    Count count;
    for (std::uint64_t seed = 0; seed < trials(600, 200'000); ++seed) compare(subject, seed, count);
    INFO(subject.name);
    CHECK(count.valid > 20);
    CHECK(count.invalid > 20);
  }
}

TEST_CASE("the search agrees with every order where operations never returned") {
  for (Subjected subject : all_models()) {
    subject.shape.pending = 0.25;
    Count count;
    for (std::uint64_t seed = 0; seed < trials(600, 50'000); ++seed)
      compare(subject, seed + 1'000'000, count);
    INFO(subject.name);
    CHECK(count.valid > 20);
    CHECK(count.invalid > 10);
  }
}

namespace {

struct Fast {
  std::string model;
  Shape shape;
  bool must_decide = true;  ///< it can, often enough
};

std::vector<Fast> all_fast() {
  const std::vector<std::int64_t> values = {nothing, 1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<Function> passage = {Function::enqueue, Function::dequeue};
  const std::vector<Function> holding = {Function::acquire, Function::release};
  return {
      {"register", {{Function::read, Function::write}, 3, true, 0, true, 1, 0, values}},
      {"counter", {{Function::read, Function::add}, 1, false, 0, true, 1, 0, {nothing, 0, 1, 2, 3, 4, 5}}},
      {"fifo", {passage, 3, true, 0, true, 1, 0, values}},
      {"priority-fifo", {passage, 3, true, 2, false, 1, 0, values}},
      {"by-type", {passage, 3, true, 2, true, 1, 0, values}},
      {"mutex", {holding, 1, false, 0, true, 1, 0, {nothing}}},
      {"robust-mutex", {holding, 1, false, 0, true, 1, 0, {nothing, 1, 2}}},
      {"register", {{Function::read, Function::write}, 2, false, 0, true, 1, 0, values}, false},
      {"fifo", {passage, 2, false, 0, true, 1, 0, values}, false},
      {"priority-fifo", {passage, 2, false, 2, false, 1, 0, values}, false},
      {"by-type", {passage, 2, false, 2, true, 1, 0, values}, false},
  };
}

/// Whoever does something after has not died.
std::vector<linear::Death> deaths_in(linear::History history) {
  std::vector<linear::Death> deaths = linear::deaths_by_silence(history);
  std::erase_if(deaths, [&](const linear::Death& death) {
    return std::any_of(history.begin(), history.end(), [&](const linear::Operation& operation) {
      return operation.process == death.process && operation.invoke > death.from;
    });
  });
  return deaths;
}

/// Once by the fast checker, once by the search.
void compare_fast(const Fast& fast, std::uint64_t seed, Count& count, std::size_t& decided) {
  const models::Chosen chosen = *models::choose(fast.model).chosen;
  const models::Model& model = *chosen.entry->model;
  models::Subject subject;
  const models::Context plain;
  RandomHistory random(model, plain, fast.shape, seed);
  subject.operations = random.draw(most_operations);
  for (linear::Operation& operation : subject.operations)
    if (model.name == "counter") operation.value = operation.function == Function::add ? 1 : nothing;
  subject.deaths = deaths_in(subject.operations);
  models::Context context;
  context.deaths = subject.deaths;
  const linear::Result quick = chosen.entry->fast(subject, context);
  const linear::Result thorough = search::search(model, context, subject.operations);
  REQUIRE_FALSE(thorough.unknown());
  ++(thorough.valid() ? count.valid : count.invalid);
  if (quick.unknown()) return;
  ++decided;
  if (quick.valid() == thorough.valid()) return;
  FAIL(fast.model << ", seed " << seed << ": the fast checker says " << (quick.valid() ? "valid" : quick.why)
                  << "\n"
                  << shown(subject.operations));
}

}  // namespace

TEST_CASE("the fast checkers agree with the search") {
  for (const double pending : {0.0, 0.25})
    for (Fast fast : all_fast()) {
      fast.shape.pending = pending;
      Count count;
      std::size_t decided = 0;
      const std::size_t all = trials(600, 100'000);
      for (std::uint64_t seed = 0; seed < all; ++seed)
        compare_fast(fast, seed + (pending > 0 ? 2'000'000 : 0), count, decided);
      INFO(fast.model << ", " << pending << " pending: decided " << decided << " of " << all);
      CHECK(count.valid > 10);
      CHECK(count.invalid > 10);
      if (fast.must_decide) CHECK(decided > all / 4);
    }
}
