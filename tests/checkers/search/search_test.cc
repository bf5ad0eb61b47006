// What the search says of histories that one can follow by hand, its limits, and the histories of others.
#include "checkers/search/search.h"

#include "checkers/models/models.h"
#include "tests/catch.h"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

using namespace squall;
using linear::Function;
using linear::nothing;
using linear::Operation;

namespace {

Operation operation(Function function, std::int64_t value, std::int64_t result, std::uint64_t invoke,
                    std::uint64_t ret, std::uint32_t process = 0) {
  Operation made;
  made.function = function;
  made.value = value;
  made.result = result;
  made.invoke = invoke;
  made.ret = ret;
  made.process = process;
  return made;
}

/// So many pushes at once, then pops in an order that none of theirs allows; it takes all of them to see it.
std::vector<Operation> endless(std::int64_t width) {
  std::vector<Operation> history;
  for (std::int64_t i = 1; i <= width; ++i)
    history.push_back(operation(Function::enqueue, i, nothing, 1, 100, static_cast<std::uint32_t>(i)));
  for (std::int64_t i = 1; i <= width; ++i)
    history.push_back(operation(Function::dequeue, nothing, i == width ? 1 : i,
                                200 + static_cast<std::uint64_t>(i) * 10,
                                205 + static_cast<std::uint64_t>(i) * 10));
  return history;
}

}  // namespace

TEST_CASE("an empty history holds") { CHECK(search::search(models::stack, {}, {}).valid()); }

TEST_CASE("the witness begins with the operation that fits nowhere, and says what was left there") {
  const std::vector<Operation> history = {
      operation(Function::write, 1, nothing, 1, 2), operation(Function::read, nothing, 1, 3, 4),
      operation(Function::write, 2, nothing, 5, 8, 1), operation(Function::read, nothing, 3, 6, 7, 2),
      operation(Function::read, nothing, 2, 9, 10)};
  const linear::Result result = search::search(models::cas_register, {}, history);
  REQUIRE(result.invalid());
  CHECK(result.witness.front() == 3);
  CHECK(std::count(result.witness.begin(), result.witness.end(), 1u) == 0);
  CHECK(std::count(result.witness.begin(), result.witness.end(), 4u) == 0);
  CHECK(result.why == "A fits nowhere: in whatever order the others take effect, they leave it at 1 or at 2");
  CHECK_FALSE(result.order.empty());
}

TEST_CASE("values that have nothing to do with it are not in a witness of a stack") {
  std::vector<Operation> history;
  for (std::uint64_t i = 0; i < 20; ++i) {
    history.push_back(
        operation(Function::enqueue, static_cast<std::int64_t>(i), nothing, i * 10, i * 10 + 1));
    history.push_back(
        operation(Function::dequeue, nothing, static_cast<std::int64_t>(i), i * 10 + 2, i * 10 + 3));
  }
  history.push_back(operation(Function::enqueue, 100, nothing, 500, 501));
  history.push_back(operation(Function::enqueue, 101, nothing, 502, 503));
  history.push_back(operation(Function::dequeue, nothing, 100, 504, 505));
  const linear::Result result = search::search(models::stack, {}, history);
  REQUIRE(result.invalid());
  CHECK(std::set<std::uint32_t>(result.witness.begin(), result.witness.end()) ==
        std::set<std::uint32_t>{40, 41, 42});
}

TEST_CASE("the same history has the same witness, however many threads judge it") {
  std::vector<Operation> history;
  for (std::uint16_t key = 0; key < 40; ++key)
    for (std::uint64_t i = 0; i < 200; ++i) {
      history.push_back(
          operation(Function::write, static_cast<std::int64_t>(i), nothing, i * 10, i * 10 + 1));
      history.push_back(operation(Function::read, nothing,
                                  static_cast<std::int64_t>(key % 7 == 3 && i == 150 ? 0 : i), i * 10 + 2,
                                  i * 10 + 3));
      history[history.size() - 2].key = history.back().key = key;
    }
  search::Limits limits;
  const linear::Result alone = search::search(models::register_model, {}, history, limits);
  limits.threads = 8;
  const linear::Result together = search::search(models::register_model, {}, history, limits);
  REQUIRE(alone.invalid());
  CHECK(alone.witness == together.witness);
  CHECK(history[alone.witness.front()].key == 3);
}

TEST_CASE("a limit of time ends in unknown within a tenth of it") {
  search::Limits limits;
  limits.time = std::chrono::milliseconds(400);
  const auto history = endless(22);
  double best = 1e9;
  // Beside a loaded machine a thread may have to wait for its turn: one of a few must be in time.
  for (int attempt = 0; attempt < 8 && best > 0.44; ++attempt) {
    const auto start = std::chrono::steady_clock::now();
    const linear::Result result = search::search(models::stack, {}, history, limits);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    REQUIRE(result.unknown());
    CHECK(result.why.find("the limit of 0.4 s ended the search") != std::string::npos);
  }
  CHECK(best >= 0.35);
  CHECK(best <= 0.44);
}

TEST_CASE("with little memory the search forgets, and still comes to its end") {
  const auto history = endless(7);
  search::Limits limits;
  CHECK(search::search(models::stack, {}, history, limits).invalid());
  limits.memory_bytes = std::size_t{40} << 10;
  CHECK(search::search(models::stack, {}, history, limits).invalid());
}

TEST_CASE("with no memory at all the verdict is unknown") {
  search::Limits limits;
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1} << 10}) {
    limits.memory_bytes = bytes;
    const linear::Result result = search::search(models::stack, {}, endless(7), limits);
    CHECK(result.unknown());
    CHECK(result.why.find("memory") != std::string::npos);
  }
}

TEST_CASE("a function that the model does not have is not judged") {
  const std::vector<Operation> history = {operation(Function::append, 1, nothing, 1, 2)};
  CHECK(search::search(models::stack, {}, history).unknown());
}

TEST_CASE("a long history without a contradiction takes a step an operation") {
  std::vector<Operation> history;
  for (std::uint64_t i = 0; i < 100'000; ++i)
    history.push_back(operation(i % 2 == 0 ? Function::write : Function::read,
                                i % 2 == 0 ? static_cast<std::int64_t>(i % 5) : nothing,
                                i % 2 == 0 ? nothing : static_cast<std::int64_t>((i - 1) % 5), i * 10,
                                i * 10 + 5));
  search::Effort effort;
  CHECK(search::search(models::cas_register, {}, history, {}, &effort).valid());
  CHECK(effort.steps <= 2 * history.size());
}

TEST_CASE("every history that others labelled is judged as labelled, all in a second") {
  const std::filesystem::path folder = std::filesystem::path(SQUALL_SOURCE_DIR) / "../shared/histories";
  std::ifstream table(folder / "verdicts.tsv");
  if (!table) {
    WARN("skipped: there is no " << folder.string());
    return;
  }
  std::string file, model, linearizable;
  std::getline(table, file);
  std::size_t judged = 0;
  const std::clock_t start = std::clock();
  while (table >> file >> model >> linearizable) {
    const models::Chosen chosen = *models::choose(model).chosen;
    auto read = history::read_history((folder / file).string());
    INFO(file);
    REQUIRE(std::holds_alternative<history::Told>(read));
    auto bound = models::bind(std::get<history::Told>(std::move(read)), chosen.of().functions, false);
    REQUIRE(std::holds_alternative<models::Subject>(bound));
    const auto& subject = std::get<models::Subject>(bound);
    const models::Judgement judgement = models::judge(chosen, subject, {});
    CHECK(judgement.result.valid() == (linearizable == "yes"));
    CHECK(judgement.result.invalid() == (linearizable == "no"));
    ++judged;
    if (!judgement.result.invalid()) continue;
    models::Subject cut = subject;
    cut.operations.clear();
    for (const std::uint32_t index : judgement.result.witness)
      cut.operations.push_back(subject.operations[index]);
    CHECK(models::judge(chosen, cut, {}).result.invalid());
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::cout << judged << " labelled histories read and judged in " << seconds << " s of processor time\n";
  CHECK(judged > 70);
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(seconds <= 1.0);
#endif
}
